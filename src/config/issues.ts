import type * as z from 'zod'
import { type Place, type Problem, problem, within } from './problems.js'
import { unknownKey } from './unknown-key.js'

const TYPE_SENTENCES: Record<string, string> = {
  string: 'must be a string (quote it)',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be a mapping',
  record: 'must be a mapping',
}

/**
 * The sentence of a zod issue that does not bring its own. Never holds the value: it may be a secret.
 * Two answers are for `issueProblems` below only: unknown keys answer with the known ones, and a union
 * answers nothing, because the option that was meant knows better.
 */
export const sentenceOf: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'unrecognized_keys') return knownKeys(issue.inst).join(' ')
  if (issue.input === undefined) return 'is required'
  if (issue.input === null) return 'must not be empty'
  if (issue.code === 'invalid_union' || issue.code === 'invalid_key') return ''
  if (issue.code === 'invalid_type') return TYPE_SENTENCES[issue.expected] ?? 'has the wrong type'
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_small') return 'must not be empty'
  return 'is not valid'
}

function knownKeys(schema: unknown): string[] {
  const definition = (schema as z.core.$ZodObject | undefined)?._zod.def
  return Object.keys(definition?.shape ?? {})
}

/** All problems of a failed validation, one sentence each. */
export function issueProblems(issues: readonly z.core.$ZodIssue[], place: Place): Problem[] {
  return issues.flatMap((issue) => {
    const at = within(place, ...issue.path)
    if (issue.code === 'unrecognized_keys') {
      const known = issue.message.split(' ')
      return issue.keys.map((key) => problem(within(at, key), unknownKey(key, known)))
    }
    if (issue.code === 'invalid_key') return issueProblems(issue.issues, at)
    if (issue.code === 'invalid_union' && issue.message === '') return issueProblems(meantOption(issue), at)
    return [problem(at, issue.message)]
  })
}

/** The issues of the option whose type was right; the operator meant that one. */
function meantOption(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] {
  const isOfWrongType = ({ code, path }: z.core.$ZodIssue) => code === 'invalid_type' && path.length === 0
  return issue.errors.find((issues) => !issues.some(isOfWrongType)) ?? issue.errors.at(-1) ?? []
}
