import type { JSONWebKeySet, JWK } from 'jose'

/** Of what one line of the log names: a provider may publish as many keys as it likes, under names of any length. */
const MOST_NAMED = 10
const LONGEST_NAME = 64

/**
 * What is other in a set of public keys than in the one before, for the log: how many there are, and the `kid`s that
 * are new and gone; `undefined` where it holds the same keys.
 */
export function describeKeyChange(
  before: JSONWebKeySet | undefined,
  after: JSONWebKeySet,
): string | undefined {
  const count = `${after.keys.length} ${after.keys.length === 1 ? 'key' : 'keys'}`
  if (before === undefined) return `${count}: ${names(after.keys)}`
  const changes = [
    ['new', without(after, before)],
    ['gone', without(before, after)],
  ] as const
  const told = changes.filter(([, keys]) => keys.length > 0).map(([what, keys]) => `${what}: ${names(keys)}`)
  return told.length === 0 ? undefined : [count, ...told].join('; ')
}

function without(set: JSONWebKeySet, other: JSONWebKeySet): JWK[] {
  const known = new Set(other.keys.map(identityOf))
  return set.keys.filter((key) => !known.has(identityOf(key)))
}

// Another key under a known name is another key.
const identityOf = ({ kid, kty, n, e, crv, x, y }: JWK): string => JSON.stringify([kid, kty, n, e, crv, x, y])

function names(keys: readonly JWK[]): string {
  const shown = keys.slice(0, MOST_NAMED).map(nameOf)
  return [...shown, ...(keys.length > MOST_NAMED ? ['…'] : [])].join(', ') || 'none'
}

// jose has seen to it that each is an object, and to nothing else.
const nameOf = ({ kid }: JWK): string =>
  typeof kid === 'string' ? kid.slice(0, LONGEST_NAME) : 'without a kid'
