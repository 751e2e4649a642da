import { type Place, type Problem, problem, within } from './problems.js'

/** `${NAME}`, `${NAME:-default}`, or a `${` that is neither. A default holds no further `${`. */
const REFERENCE = /\$\{(?:([A-Za-z_]\w*)(?::-((?:(?!\$\{)[^}])*))?\})?/g

/** Deeper than any key of the schema. */
const DEEPEST = 32

/**
 * Fills the variables into every string value of a parsed document. It works on the tree, not on the text, so
 * that a value cannot add structure. It also refuses what no configuration holds: `__proto__`, tagged objects,
 * bottomless nesting.
 */
export function interpolate(
  tree: unknown,
  env: NodeJS.ProcessEnv,
  place: Place,
): { value: unknown; problems: Problem[] } {
  const problems: Problem[] = []
  // Aliases share nodes, and may even contain themselves: each node is filled once.
  const done = new Map<object, unknown>()
  const keys: PropertyKey[] = []

  function fill(node: unknown): unknown {
    if (typeof node === 'string') return node.includes('$') ? fillText(node, env, refuse) : node
    if (typeof node !== 'object' || node === null) return node
    if (done.has(node)) return done.get(node)
    if (keys.length > DEEPEST) return refuse('is nested too deeply')
    if (Array.isArray(node)) return fillList(node)
    return Object.getPrototypeOf(node) === Object.prototype
      ? fillMapping(node)
      : refuse('must be plain YAML without a tag')
  }

  function fillList(list: readonly unknown[]): unknown[] {
    const filled: unknown[] = []
    done.set(list, filled)
    for (const [index, item] of list.entries()) filled.push(below(index, () => fill(item)))
    return filled
  }

  function fillMapping(mapping: object): Record<string, unknown> {
    const filled: Record<string, unknown> = {}
    done.set(mapping, filled)
    for (const [key, value] of Object.entries(mapping)) {
      if (key === '__proto__') below(key, () => refuse('is not a known key'))
      else filled[key] = below(key, () => fill(value))
    }
    return filled
  }

  function below<T>(key: PropertyKey, work: () => T): T {
    keys.push(key)
    const result = work()
    keys.pop()
    return result
  }

  function refuse(sentence: string): null {
    problems.push({ ...problem(within(place, ...keys), sentence), settles: true })
    return null
  }

  return { value: fill(tree), problems }
}

/** A variable's value; never what every object inherits, such as `constructor`. */
export function readVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined
}

function fillText(text: string, env: NodeJS.ProcessEnv, refuse: (sentence: string) => void): string {
  return text.replaceAll(REFERENCE, (reference, name?: string, fallback?: string) => {
    if (name === undefined) {
      refuse(`holds a \${ that is neither \${VAR} nor \${VAR:-default}`)
      return reference
    }
    const value = readVariable(env, name)
    // As in a shell, `:-` also stands in for a variable that is set but empty.
    if (fallback !== undefined) return value || fallback
    if (value === undefined) refuse(`needs the environment variable ${name}, which is not set`)
    return value ?? reference
  })
}
