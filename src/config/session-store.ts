import * as z from 'zod'
import { parsed, Refusal } from './fields.js'
import { loneUser, parseRedisUrl, type RedisLocation } from './redis-url.js'
import { type SecretSource, secret } from './secret-schema.js'

/** Where sessions live. */
export type StoreLocation = { readonly kind: 'memory' } | RedisLocation

/** The store as written; its passwords are opened by `resolveStore`. */
export interface WrittenStore {
  readonly url: StoreLocation
  readonly password?: SecretSource | undefined
  readonly sentinel_password?: SecretSource | undefined
}

const settings = z.strictObject({
  url: parsed(parseStoreUrl).meta({
    title: 'URL',
    description:
      'The URL where it stands beside a password; a user alone, `redis://user@host`, may be in it.',
  }),
  password: secret.optional().meta({
    description:
      'The password, as it is and not percent-encoded, in place of one in the URL. A file is read again with each new connection.',
  }),
  sentinel_password: secret.optional().meta({
    description: 'The password for the sentinels, in place of `sentinel_password=` in the URL.',
  }),
})

/** The store: its URL, or a mapping that keeps the passwords out of it. No sentence repeats what may hold one. */
export const sessionStore = z
  .union([parsed(parseStoreLocation).transform((url): WrittenStore => ({ url })), settings], {
    error: ({ input }) =>
      typeof input === 'number' || typeof input === 'boolean' || Array.isArray(input)
        ? 'must be a URL or a mapping with url'
        : undefined,
  })
  .meta({ title: 'URL or mapping' })

/** Reads the URL of a store that stands alone. */
export function parseStoreLocation(text: string): StoreLocation | Refusal {
  const location = parseStoreUrl(text)
  if (location instanceof Refusal || location.kind === 'memory') return location
  return loneUser(location) ?? location
}

function parseStoreUrl(text: string): StoreLocation | Refusal {
  if (text === 'memory:') return { kind: 'memory' }
  return parseRedisUrl(text) ?? new Refusal('must be memory: or a URL such as redis://host:6379/0')
}
