import type { z } from 'zod'

/** The part of a key that is refused, and how to see that it is used; the value may have any shape. */
interface Part {
  readonly name: string
  readonly isUsed: (value: unknown) => boolean
}

/**
 * The configuration knows this key (or this part of its values), the code does not serve it yet. Its shape is
 * validated all the same; the refusal is lifted by deleting this call, and by taking the value over in `resolve-tenant`.
 */
export function notYet<S extends z.ZodType>(schema: S, part?: Part): S {
  const isUsed = part?.isUsed ?? isGiven
  const subject = part ? `${part.name} is` : 'is'
  const description = [schema.meta()?.description, `(${part ? `${part.name}: ` : ''}not available yet)`]
  return schema
    .refine((value) => !isUsed(value), {
      error: `${subject} not available in this version yet; remove it`,
      // Also beside other problems of the same key: all problems are told at once.
      when: () => true,
    })
    .meta({ description: description.filter(Boolean).join(' ') })
}

function isGiven(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  return value !== undefined
}
