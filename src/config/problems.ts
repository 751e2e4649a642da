import { dirname } from 'node:path'

/** Where a part of the configuration was written: what its problems start with, and what its paths are relative to. */
export interface Place {
  /** The file as problems name it; absent for the main file, whose problems are key paths alone. */
  readonly file?: string
  readonly keys: readonly PropertyKey[]
  readonly directory: string
}

/** One thing that is wrong: where, and one sentence that never holds the value. */
export interface Problem {
  readonly at: string
  readonly sentence: string
  /** Whatever else is found at the same place only follows from this. */
  readonly settles?: true
}

/** The place of a whole file; `name` is left out for the main file. */
export function placeOf(file: string, name?: string): Place {
  return { ...(name === undefined ? {} : { file: name }), keys: [], directory: dirname(file) }
}

/** The place of a part inside another place. */
export function within(place: Place, ...keys: PropertyKey[]): Place {
  return keys.length === 0 ? place : { ...place, keys: [...place.keys, ...keys] }
}

/** A problem of one place, as a sentence that a person can act on. */
export function problem(place: Place, sentence: string): Problem {
  return { at: formatPlace(place), sentence }
}

/** A place as the operator reads it: `tenants[1].client_secret`, `tenants/acme.yaml: client_secret`. */
export function formatPlace(place: Place): string {
  const keys = place.keys.map(formatKey).join('').replace(/^\./, '')
  return [place.file, keys].filter(Boolean).join(': ')
}

/** The problems as lines, each once, in the order they were found. */
export function sentencesOf(problems: readonly Problem[]): string[] {
  const settled = new Set(problems.filter(({ settles }) => settles).map(({ at }) => at))
  // A secret whose path could not be filled in cannot be opened either.
  const isSettled = (at: string) => settled.has(at) || settled.has(`${at}.file`)
  const told = problems.filter(({ at, settles }) => settles || !isSettled(at))
  return [...new Set(told.map(({ at, sentence }) => `${at}: ${sentence}`))]
}

function formatKey(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`
  // A slip such as `{client_secret:value}` makes one key that holds the value: keys are shown as far as names go.
  const text = String(key).replace(/[^\w.-].*$/s, '…')
  return /^[\w-]+$/.test(text) ? `.${text}` : `[${JSON.stringify(text)}]`
}
