import { z } from 'zod'
import { duration } from './duration.js'
import { sayWhenGiven } from './fields.js'
import { upstream } from './upstream-schema.js'

const claimValue = z.union([z.string().min(1), z.number(), z.boolean()], {
  error: sayWhenGiven('must be a string, a number, true or false'),
})

const requirement = z.union([claimValue, z.array(claimValue).min(1)], {
  error: sayWhenGiven('must be a value or a list of values, and not empty'),
})

const rule = z.strictObject({
  path: z
    .string()
    .regex(/^\/[^?#\s]*$/, 'must be a path pattern that starts with /, without query or fragment')
    .meta({ description: 'Pattern on the canonical path: `*` is one segment, `**` any number.' }),
  methods: z
    .array(z.string().regex(/^[A-Z]+(-[A-Z]+)*$/, 'must be an HTTP method in capitals'))
    .min(1)
    .optional()
    .meta({ description: 'HTTP methods the rule is for; all when not said.' }),
  access: z.enum(['public', 'optional']).optional().meta({
    description: '`public`: forwarded without identity; `optional`: with identity if there is a session.',
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
  acr_values: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'The authentication context that the sign-in must have had.' }),
  max_age: duration({ zero: true })
    .optional()
    .meta({ description: 'How long ago the sign-in may have been.' }),
  upstream: upstream.optional().meta({ description: 'Another app for these paths.' }),
})

/** The rules in order; the first match decides. */
export const rules = z.array(rule).meta({ title: 'list of mappings' })
