import * as z from 'zod'

/** A parser's way to refuse a text. The sentence never repeats the text: it may hold a password. */
export class Refusal {
  readonly sentence: string

  constructor(sentence: string) {
    this.sentence = sentence
  }
}

/**
 * A string key whose text a parser turns into the value; every such key refuses the empty text alike.
 * `shape` is the sentence for what is no string, where numbers are a likely mistake.
 */
export function parsed<T>(parse: (text: string) => T | Refusal, shape?: string) {
  const text = shape === undefined ? z.string() : z.string({ error: sayWhenGiven(shape) })
  return text.transform((text, context): T => {
    const result = text === '' ? new Refusal('must not be empty') : parse(text)
    if (!(result instanceof Refusal)) return result
    context.addIssue({ code: 'custom', message: result.sentence, input: text })
    return z.NEVER
  })
}

/** `true` or `false`; as a word too, because `${VAR}` can only bring words. */
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')], {
    error: sayWhenGiven('must be true or false'),
  })
  .meta({ title: 'boolean' })

/** A section or list that may be left out or left empty: YAML reads `admin:` without children as null. */
export function emptiable<S extends z.ZodType>(schema: S, fallback: Exclude<z.input<S>, undefined>) {
  return schema
    .nullable()
    .prefault(fallback)
    .transform((value) => value ?? schema.parse(fallback))
}

/** One sentence for every wrong shape of a key; a missing or empty one keeps the common sentence. */
export function sayWhenGiven(sentence: string) {
  return ({ input }: { input?: unknown }) => (input === undefined || input === null ? undefined : sentence)
}

/** A whole number from `least` to `most`; as a word too, because `${VAR}` can only bring words. */
export function wholeNumber(most: number, least = 0) {
  const error = sayWhenGiven(`must be a whole number from ${least} to ${most}`)
  const digits = z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
  return z
    .union([z.number(), digits], { error })
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, { error })
    .meta({ title: 'number' })
}
