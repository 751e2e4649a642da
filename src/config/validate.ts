import type * as z from 'zod'
import { issueProblems, sentenceOf } from './issues.js'
import type { Place, Problem } from './problems.js'
import { isMapping } from './read-document.js'

/** What a mapping says, as far as it is right. */
export interface Validated<T> {
  /** Only when everything is right. */
  readonly whole: T | undefined
  /** The keys that are right by themselves: enough to go on and find the problems between keys. */
  readonly parts: Partial<T>
  readonly problems: readonly Problem[]
}

/** Checks a tree: the parts that are right, and a problem for each that is not. */
export type Validate<T> = (tree: unknown, place: Place) => Validated<T>

/**
 * Builds what checks trees against a schema that judges each key by itself. What it makes of keys that are not written
 * is made once and shared by all trees: there may be ten thousand.
 */
export function createValidate<S extends z.ZodObject>(schema: S): Validate<z.output<S>> {
  type Parts = Partial<z.output<S>>
  const fields = Object.entries(schema.shape).map(([key, field]) => toField(key, field as z.ZodType))
  const known = new Set(Object.keys(schema.shape))

  return (tree, place) => {
    const written = new Map(Object.entries(tree ?? {}))
    const parts: Record<string, unknown> = {}
    let isWhole = isMapping(tree) && [...written.keys()].every((key) => known.has(key))
    for (const { key, read, unsaid } of fields) {
      const result = written.has(key) ? read(written.get(key)) : unsaid
      if (!result.success) isWhole = false
      else if (result.data !== undefined) parts[key] = result.data
    }
    const result = isWhole
      ? ({ success: true, data: parts } as const)
      : schema.safeParse(tree, { error: sentenceOf })
    if (result.success)
      return { whole: result.data as z.output<S>, parts: result.data as Parts, problems: [] }
    return { whole: undefined, parts: parts as Parts, problems: issueProblems(result.error.issues, place) }
  }
}

function toField(key: string, field: z.ZodType) {
  const unsaid = field.safeParse(undefined)
  Object.freeze(unsaid.data)
  return { key, read: (value: unknown) => field.safeParse(value), unsaid }
}
