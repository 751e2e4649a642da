import { setTimeout as wait } from 'node:timers/promises'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'
import type { Test } from 'tap'
import { createKeySet } from '../../src/oidc/key-set.js'
import { NO_REPORT, type ProviderReport } from '../../src/oidc/provider-report.js'
import { json, startTinyProvider } from './tiny-provider.js'

/** Milliseconds for a call; what hangs takes as long, and an answer has to come within it on a busy machine, too. */
export const PATIENCE = 2000

interface Setup {
  readonly algorithms?: string[]
  /** By `kid`, with the algorithm of each. */
  readonly published?: Record<string, string>
}

/** Starts a provider with keys for the rest of `t`, and the key set of a client there, whose clock the test moves. */
export async function startKeys(
  t: Test,
  { algorithms = ['ES256', 'RS256'], published = { a: 'ES256' } }: Setup = {},
) {
  const provider = await startTinyProvider(t)
  const pairs = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>()
  for (const [kid, alg] of Object.entries(published)) pairs.set(kid, await generateKeyPair(alg))
  const publish = async (kids: Iterable<string>, headers: Record<string, string> = {}) => {
    const keys = Array.from(kids, async (kid) => ({ ...(await exportJWK(publicKey(kid))), kid, use: 'sig' }))
    provider.answers.set('/keys', json(200, { keys: await Promise.all(keys) }, headers))
  }
  const publicKey = (kid: string) => pairs.get(kid)?.publicKey as CryptoKey
  await publish(pairs.keys())
  let now = 1_800_000_000_000
  const metadata = {
    issuer: provider.issuer,
    jwks_uri: `${provider.issuer}/keys`,
    id_token_signing_alg_values_supported: algorithms,
  }
  const told: string[] = []
  const outcomes: string[] = []
  const report: ProviderReport = {
    ...NO_REPORT,
    keysRefreshed: (reason) => told.push(reason),
    called: (endpoint, outcome) => outcomes.push(`${endpoint}: ${outcome}`),
  }
  const keySet = createKeySet(metadata, { now: () => now, timeout: PATIENCE / 1000, report })
  return {
    ...provider,
    publish,
    publicKey,
    verify: (jwt: string) => keySet.verify(jwt, {}),
    sign: (kid: string, header: Partial<JWTHeaderParameters> = {}, key = pairs.get(kid)?.privateKey) =>
      new SignJWT({ sub: 'alice' })
        .setProtectedHeader({ alg: published[kid] ?? 'ES256', kid, ...header })
        .sign(key as CryptoKey),
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    /** How each call was taken, for the figures. */
    outcomes,
    /** What the key set has said of changes since the last look. */
    told: () => told.splice(0),
    calls: () => provider.requests.length,
    /** Resolves when the provider was called so many times and its answer has been read. */
    async called(times: number) {
      while (provider.requests.length < times) await wait(5)
      await wait(50)
      // After a pause of the whole process a timer comes before what waits to be read.
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
    },
  }
}
