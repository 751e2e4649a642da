import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTClaimVerificationOptions,
  type JWTPayload,
  jwtVerify,
  type LocalJWKSet,
} from 'jose'
import type { CustomFetch, ServerMetadata } from 'openid-client'
import { DoorwardError } from '../errors.js'
import { boundedFetch } from './bounded-fetch.js'
import { cacheLifetime } from './cache-lifetime.js'
import { describeFailure } from './failure.js'
import { describeKeyChange } from './key-change.js'
import { observeFetch } from './observed-fetch.js'
import { NO_REPORT, type ProviderReport } from './provider-report.js'

/** The signing keys of a provider, as one tenant's client sees them. */
export interface KeySet {
  /**
   * The claims of a JWT that the provider has signed. Rejects with `provider_unavailable` when its key cannot be had,
   * and with an error of jose for every other signature and for claims that are not as expected.
   */
  verify(jwt: string, expected: JWTClaimVerificationOptions): Promise<JWTPayload>
  /** Resolves when keys are known; rejects with `provider_unavailable` when they cannot be had. */
  load(): Promise<void>
}

interface KeySetOptions {
  readonly now: () => number
  /** Seconds. */
  readonly timeout: number
  readonly report?: Pick<ProviderReport, 'keysRefreshed' | 'keysRead' | 'called'>
}

interface KnownKeys {
  readonly keys: LocalJWKSet
  /** Milliseconds since the epoch: from then on a use asks anew and does not wait. */
  readonly dueAt: number
  /** From then on a use waits for the answer, so that a key that the provider dropped stops to count. */
  readonly expiresAt: number
}

/** The part of a lifetime after which keys are asked for ahead of its end. */
const DUE = 0.8
/** Milliseconds between two calls however many unknown keys are named; and while none is known, for a login waits. */
const PAUSE = 60_000
const FIRST_PAUSE = 1000

// Neither `none` nor HMAC, whatever the metadata say: the public key would be the secret.
const ASYMMETRIC = /^(?:(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519)$/
/**
 * The algorithms with which a provider may sign: OIDC Discovery §3 demands the list; OIDC Core §15.1 says what everyone
 * supports.
 */
export const algorithmsOf = ({
  id_token_signing_alg_values_supported: advertised = ['RS256'],
}: ServerMetadata) => advertised.filter((algorithm) => ASYMMETRIC.test(algorithm))

/** Builds the key set at the `jwks_uri` of a provider (OIDC Core §10.1); nothing is fetched before a token comes. */
export function createKeySet(
  metadata: ServerMetadata,
  { now, timeout, report = NO_REPORT }: KeySetOptions,
): KeySet {
  const algorithms = algorithmsOf(metadata)
  const fetch = observeFetch(boundedFetch, report.called, () => 'jwks')
  let known: KnownKeys | undefined
  let latest: Promise<LocalJWKSet> | undefined
  let isAsking = false
  let askedAt = 0

  /** What the latest call has brought or brings; it is a new one when the last began so many milliseconds ago. */
  function ask(pause: number): Promise<LocalJWKSet> {
    if (latest !== undefined && (isAsking || now() - askedAt < pause)) return latest
    // Stamped before the call: forged keys cause no other while it hangs or when it has failed.
    askedAt = now()
    isAsking = true
    latest = load().finally(() => {
      isAsking = false
    })
    return latest
  }

  async function load(): Promise<LocalJWKSet> {
    const since = now()
    try {
      const { keys, lifetime } = await fetchKeys(metadata, timeout, fetch)
      report.keysRead()
      const change = describeKeyChange(known?.keys.jwks(), keys.jwks())
      known = { keys, dueAt: since + lifetime * DUE, expiresAt: since + lifetime }
      if (change !== undefined) report.keysRefreshed(change)
      return keys
    } catch (cause) {
      const reason = `the keys of ${metadata.issuer} cannot be had: ${describeFailure(cause)}`
      throw new DoorwardError('provider_unavailable', { cause, reason })
    }
  }

  async function current(): Promise<LocalJWKSet> {
    if (known === undefined) return ask(FIRST_PAUSE)
    const { keys, dueAt, expiresAt } = known
    if (now() < dueAt) return keys
    // While no others are to be had, the known ones go on: an outage of this endpoint signs nobody out.
    const renewed = ask(PAUSE).catch(() => keys)
    return now() < expiresAt ? keys : renewed
  }

  return {
    async load() {
      await current()
    },
    async verify(jwt, expected) {
      const verifyWith = async (keys: LocalJWKSet) =>
        (await jwtVerify(jwt, keys, { ...expected, algorithms })).payload
      try {
        return await verifyWith(await current())
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        return verifyWith(await ask(PAUSE))
      }
    },
  }
}

/** Asks a provider for its keys, and says for how many milliseconds they hold. Rejects when they cannot be had. */
export async function fetchKeys(
  { issuer, jwks_uri }: ServerMetadata,
  timeout: number,
  fetch: CustomFetch = boundedFetch,
) {
  if (jwks_uri === undefined) throw new Error('the metadata have no jwks_uri')
  if (!jwks_uri.startsWith('https://') && issuer.startsWith('https://')) {
    throw new Error('jwks_uri is not https')
  }
  const response = await fetch(jwks_uri, {
    method: 'GET',
    body: undefined,
    headers: { accept: 'application/json, application/jwk-set+json' },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeout * 1000),
  })
  if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
  // It judges by itself whether this is one.
  const keys = createLocalJWKSet((await response.json()) as JSONWebKeySet)
  return { keys, lifetime: cacheLifetime(response.headers) }
}
