import * as z from 'zod'
import { duration } from './duration.js'
import { parsed, Refusal, sayWhenGiven } from './fields.js'
import { parsePathPattern } from './path-pattern.js'
import { upstream } from './upstream-schema.js'

const claimValue = z.union([z.string().min(1), z.number(), z.boolean()], {
  error: sayWhenGiven('must be a string, a number, true or false'),
})

const requirement = z
  .union([claimValue, z.array(claimValue).min(1)], {
    error: sayWhenGiven('must be a value or a list of values, and not empty'),
  })
  .transform((values) => [values].flat())

// They are repeated in quotes in a challenge (RFC 9470 §3).
const acrValues = parsed((text) =>
  /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text)
    ? text.split(' ')
    : new Refusal('must be values of printable ASCII without quotes, one blank between them'),
)

const rule = z.strictObject({
  path: parsed(parsePathPattern).meta({
    title: 'path pattern',
    description: 'Pattern on the canonical path: `*` is one segment, `**` any number.',
  }),
  methods: z
    .array(z.string().regex(/^[A-Z]+(-[A-Z]+)*$/, 'must be an HTTP method in capitals'))
    .min(1)
    .optional()
    .meta({ description: 'HTTP methods the rule is for, `HEAD` with `GET`; all when not said.' }),
  access: z.enum(['required', 'public', 'optional']).prefault('required').meta({
    description:
      '`required`: a session is needed; `public`: forwarded without identity; `optional`: with identity if there is a session.',
  }),
  unauthenticated: z
    .union([z.literal('auto'), z.literal(401), z.literal('401').transform(() => 401 as const)], {
      error: sayWhenGiven('must be auto or 401'),
    })
    .prefault('auto')
    .meta({ title: '`auto`, `401`', description: 'The answer without a session; `401` never redirects.' }),
  require: z.record(z.string().min(1), requirement).optional().meta({
    title: 'mapping of claim to value or list',
    description: 'Any of the values of each claim; all claims must hold.',
  }),
  acr_values: acrValues.optional().meta({
    title: 'string',
    description: 'Authentication contexts, one of which the sign-in must have had; separated by blanks.',
  }),
  max_age: duration().optional().meta({
    description:
      'How long ago the person may have proved who they are; a minute is added for clocks that differ.',
  }),
  upstream: upstream.optional().meta({ description: 'Another app for these paths.' }),
})

/** What only a session can satisfy, so it makes no sense where none is needed. */
const NEED_A_SESSION = ['unauthenticated', 'require', 'acr_values', 'max_age'] as const

const consistentRule = rule.superRefine((written, context) => {
  if (written.access === 'required') return
  for (const key of NEED_A_SESSION) {
    if (written[key] === undefined || written[key] === 'auto') continue
    const message = `needs a session; leave out access: ${written.access}, or this`
    context.addIssue({ code: 'custom', path: [key], message })
  }
})

/** One rule as it is written and checked. */
export type WrittenRule = z.output<typeof rule>

/** The rules in order; the first match decides. */
export const rules = z.array(consistentRule).meta({ title: 'list of mappings' })
