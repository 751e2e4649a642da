import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** What these tests read of a service. */
export interface Service {
  readonly image: string
  readonly build?: { readonly context: string; readonly target: string }
  readonly entrypoint?: readonly string[]
  readonly command: readonly string[]
  readonly user?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly secrets?: readonly string[]
  readonly networks?: readonly string[]
  readonly network_mode?: string
  readonly depends_on?: Readonly<Record<string, object>>
  readonly [key: string]: unknown
}

/** A Compose file, or several merged. */
export interface Project {
  readonly services: Readonly<Record<string, Service>>
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly volumes?: Readonly<Record<string, object>>
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>
}

type Tree = Readonly<Record<string, unknown>>

/** Reads files as `docker compose -f … -f …` does, with the variables' defaults. */
export function readCompose(...files: readonly string[]): Project {
  const trees = files.map((file) => interpolate(parse(readFileSync(file, 'utf8'), { merge: true })) as Tree)
  return trees.reduce((base, override) => merge(base, override) as Tree) as unknown as Project
}

// https://docs.docker.com/reference/compose-file/interpolation/
function interpolate(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\$|\$\{\w+:-([^}]*)\}|\$/g, (match, fallback: string | undefined) => {
      if (match === '$') throw new Error(`a $ that is neither $$ nor \${NAME:-default}: ${value}`)
      return match === '$$' ? '$' : (fallback ?? '')
    })
  }
  if (Array.isArray(value)) return value.map(interpolate)
  if (!isTree(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, interpolate(part)]))
}

// https://docs.docker.com/reference/compose-file/merge/: of lists, those of commands are replaced, volumes are one for
// each place in the container, and the others are put together.
function merge(base: unknown, override: unknown, key = ''): unknown {
  if (Array.isArray(base) && Array.isArray(override)) {
    if (key === 'command' || key === 'entrypoint') return override
    const targetOf = (volume: unknown) => String(volume).split(':')[1]
    const kept =
      key === 'volumes' ? base.filter((volume) => !override.map(targetOf).includes(targetOf(volume))) : base
    return [...new Set([...kept, ...override])]
  }
  if (!isTree(base) || !isTree(override)) return override
  const merged: Record<string, unknown> = { ...base }
  for (const [name, part] of Object.entries(override)) {
    merged[name] = Object.hasOwn(base, name) ? merge(base[name], part, name) : part
  }
  return merged
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
