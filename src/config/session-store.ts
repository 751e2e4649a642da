import { parsed, Refusal } from './fields.js'
import { parseRedisUrl, type RedisLocation } from './redis-url.js'

/** Where sessions live. */
export type StoreLocation = { readonly kind: 'memory' } | RedisLocation

/** The URL of the store. Its sentences never repeat it: it may hold a password. */
export const sessionStore = parsed(parseStoreLocation).meta({ title: 'URL' })

/** Reads the URL of a store. */
export function parseStoreLocation(text: string): StoreLocation | Refusal {
  if (text === 'memory:') return { kind: 'memory' }
  return parseRedisUrl(text) ?? new Refusal('must be memory: or a URL such as redis://host:6379/0')
}
