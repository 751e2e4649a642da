import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { interpolate } from './interpolate.js'
import { type Place, type Problem, placeOf } from './problems.js'
import { readYaml } from './read-yaml.js'

/** A file as data with its variables filled in; without a tree where it could not be read at all. */
export interface ReadDocument {
  readonly place: Place
  readonly tree: Readonly<Record<string, unknown>> | undefined
  readonly problems: readonly Problem[]
}

/** Reads one file; `name` is how its problems call it, left out for the main file. */
export function readDocument(file: string, env: NodeJS.ProcessEnv, name?: string): ReadDocument {
  const place = placeOf(file, name)
  const at = name ?? basename(file)
  const read = readYaml(file)
  if ('refusals' in read) {
    const hint = name === undefined ? hintFor(file) : ''
    const problems = read.refusals.map(({ sentence }) => ({ at, sentence: `${sentence}${hint}` }))
    return { place, tree: undefined, problems }
  }
  const { value, problems } = interpolate(read.tree, env, place)
  if (isMapping(value)) return { place, tree: value, problems }
  return { place, tree: undefined, problems: [{ at, sentence: 'must be a mapping of keys to values' }] }
}

// Whoever named the main file may be in another directory than they think.
function hintFor(file: string): string {
  try {
    return statSync(file).isDirectory() ? '; name a file in it' : ''
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing ? ` in ${dirname(file)}; --config FILE or DOORWARD_CONFIG names the configuration` : ''
  }
}

/** Whether a value of a parsed tree is a mapping of keys. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
