import type { z } from 'zod'
import { issueProblems, sentenceOf } from './issues.js'
import type { Place, Problem } from './problems.js'

/** What a mapping says, as far as it is right. */
export interface Validated<T> {
  /** Only when everything is right. */
  readonly whole: T | undefined
  /** The keys that are right by themselves: enough to go on and find the problems between keys. */
  readonly parts: Partial<T>
  readonly problems: readonly Problem[]
}

/** Checks a tree against a schema: the parts that are right, and a problem for each that is not. */
export function validate<S extends z.ZodObject>(
  schema: S,
  tree: unknown,
  place: Place,
): Validated<z.output<S>> {
  const result = schema.safeParse(tree, { error: sentenceOf })
  if (result.success) return { whole: result.data, parts: result.data, problems: [] }
  return {
    whole: undefined,
    parts: rightParts(schema, tree),
    problems: issueProblems(result.error.issues, place),
  }
}

function rightParts<S extends z.ZodObject>(schema: S, tree: unknown): Partial<z.output<S>> {
  const written = new Map(Object.entries(tree ?? {}))
  const parts: Record<string, unknown> = {}
  for (const [key, field] of Object.entries(schema.shape)) {
    const result = (field as z.ZodType).safeParse(written.get(key))
    if (result.success) parts[key] = result.data
  }
  return parts as Partial<z.output<S>>
}
