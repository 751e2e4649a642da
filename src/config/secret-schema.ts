import * as z from 'zod'
import { sayWhenGiven } from './fields.js'

const SHAPE = 'must be a string (quote digits), { env: NAME } or { file: PATH }'

/** Where a secret comes from; opening it is `openSecret`'s work. */
export type SecretSource =
  | { readonly from: 'text'; readonly text: string }
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string }

const fromText = z.string().transform((text): SecretSource => ({ from: 'text', text }))

/** Not `strictObject`: zod tells its unknown keys past the union's one sentence. */
const hasOneKey = (source: object) => Object.keys(source).length === 1

const fromEnv = z
  .looseObject({ env: z.string().regex(/^[A-Za-z_]\w*$/) })
  .refine(hasOneKey)
  .meta({ additionalProperties: false })
  .transform(({ env }): SecretSource => ({ from: 'env', name: env }))

const fromFile = z
  .looseObject({ file: z.string().min(1) })
  .refine(hasOneKey)
  .meta({ additionalProperties: false })
  .transform(({ file }): SecretSource => ({ from: 'file', path: file }))

/** A secret. One sentence for every wrong shape: what was written by mistake as a key or a name may be the secret. */
export const secret = z
  .union([fromText, fromEnv, fromFile], { error: sayWhenGiven(SHAPE) })
  .meta({ title: 'secret' })

const MOST_SECRETS = 2

/** A secret, or the new and the old one while it is being rotated. */
export const rotatingSecret = z
  .union([secret, z.array(secret).min(1).max(MOST_SECRETS)], {
    error({ input }) {
      if (!Array.isArray(input)) return sayWhenGiven(SHAPE)({ input })
      // What is wrong with one of a few, its own sentence says.
      return input.length > MOST_SECRETS ? 'must hold the new secret and the old one, and no more' : undefined
    },
  })
  .meta({ title: 'secret, or list of two' })

/** The client's key pair: made and rotated by Doorward, or the operator's. */
export const clientKey = z
  .union([z.literal('managed'), fromFile], { error: sayWhenGiven('must be managed or { file: PATH }') })
  .meta({ title: 'managed or { file: PATH }' })
