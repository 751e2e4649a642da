import { openSecret } from './open-secret.js'
import { type Place, type Problem, problem, within } from './problems.js'
import type { RedisLocation } from './redis-url.js'
import { Secret } from './secret.js'
import type { StoreLocation, WrittenStore } from './session-store.js'

/** Either the store or what is wrong with it. */
export interface ResolvedStore {
  readonly store?: StoreLocation
  readonly problems: readonly Problem[]
}

/** Opens the passwords of a store, and judges what none of its keys can tell alone. */
export function resolveStore(written: WrittenStore, place: Place, env: NodeJS.ProcessEnv): ResolvedStore {
  const { url: location } = written
  const contradicting = contradictions(written, place)
  if (contradicting.length > 0) return { problems: contradicting }
  if (location.kind === 'memory') return { store: location, problems: [] }
  const password = written.password && openSecret(written.password, within(place, 'password'), env)
  const sentinelPassword =
    written.sentinel_password &&
    openSecret(written.sentinel_password, within(place, 'sentinel_password'), env)
  const opened = [password, sentinelPassword].filter((part) => part !== undefined)
  const problems = opened.filter((part): part is Problem => !(part instanceof Secret))
  if (problems.length > 0) return { problems }
  const { sentinel } = location
  const store = {
    ...location,
    ...(password instanceof Secret && { password }),
    sentinel: { ...sentinel, ...(sentinelPassword instanceof Secret && { password: sentinelPassword }) },
  }
  const lone = loneUsers(store, place)
  return lone.length === 0 ? { store, problems: [] } : { problems: lone }
}

function loneUsers({ username, password, sentinel }: RedisLocation, place: Place): Problem[] {
  const says = (key: string, sentence: string) => [problem(within(place, key), sentence)]
  return [
    ...(username !== undefined && !password ? says('password', 'is required for the user in the url') : []),
    ...(sentinel.username !== undefined && !sentinel.password
      ? says('sentinel_password', 'is required beside sentinel_username= in the url')
      : []),
  ]
}

function contradictions({ url, password, sentinel_password }: WrittenStore, place: Place): Problem[] {
  const says = (key: string, sentence: string) => [problem(within(place, key), sentence)]
  const isSentinel = url.kind === 'sentinel'
  if (url.kind === 'memory') {
    const sentence = 'is for a Redis; leave it out with memory:'
    return [
      ...(password === undefined ? [] : says('password', sentence)),
      ...(sentinel_password === undefined ? [] : says('sentinel_password', sentence)),
    ]
  }
  const isTwice = 'must not stand beside one in the url; take that out'
  return [
    ...(password !== undefined && url.password !== undefined ? says('password', isTwice) : []),
    ...(sentinel_password !== undefined && !isSentinel
      ? says('sentinel_password', 'is for redis+sentinel:// only')
      : []),
    ...(sentinel_password !== undefined && url.sentinel.password !== undefined
      ? says('sentinel_password', isTwice)
      : []),
  ]
}
