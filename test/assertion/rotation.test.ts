import { createLocalJWKSet, decodeProtectedHeader, type JWK, jwtVerify } from 'jose'
import { test } from 'tap'
import { type Assertions, createAssertions, createSharedCache } from '../../src/assertion/assertions.js'
import type { RingAlg } from '../../src/keys/key-ring.js'
import { createManagedKeys, type KeyRingRecord } from '../../src/keys/managed-keys.js'

const BORN = 1_800_000_000_000
const MINUTE = 60_000
const DAY = 1440 * MINUTE
const STEP = 17_000
const CACHED = 5 * MINUTE
const ALICE = { identity: { sub: '00u1', claims: {} }, version: 'v1' }
const [ISSUER, APP] = ['https://acme.example.com', 'http://127.0.0.1:3000']

interface Known {
  readonly keys: readonly JWK[]
  readonly at: number
}

/** Replicas over one record, and apps that keep what `jwks` said for five minutes and never ask before that. */
function start() {
  const clock = { now: BORN }
  const now = () => clock.now
  let stored: { text: string; version: string } | undefined
  const record: KeyRingRecord = {
    read: async () => stored,
    async write(text, version) {
      if (stored?.version !== version) return false
      stored = { text, version: `${Number(version ?? 0) + 1}` }
      return true
    },
  }
  let apps: Known[] = []
  const seen = new Set<string>()
  const mistakes: string[] = []
  return {
    clock,
    mistakes,
    /** The keys that have signed. */
    seen,
    replica(alg: RingAlg) {
      const keys = createManagedKeys({ record, alg, now, rotated() {} })
      const options = { keys, cache: createSharedCache(now), now }
      return createAssertions({ id: 'acme', origins: [ISSUER] }, options)
    },
    /** Lets all replicas sign for some minutes, and one of them at a time tell an app about keys. */
    async pass(minutes: number, replicas: readonly Assertions[]) {
      const tell = async (index: number) => replicas[index % replicas.length]?.publishedKeys() ?? []
      // After a pause, five apps that ask one minute after the other, each every five minutes.
      if (apps.every(({ at }) => now() >= at + CACHED)) {
        apps = []
        for (; apps.length < 5; clock.now += MINUTE) apps.push({ at: now(), keys: await tell(apps.length) })
      }
      for (const end = now() + minutes * MINUTE; now() < end; clock.now += STEP) {
        const jwts = await Promise.all(replicas.map((replica) => replica.issue(ALICE, APP)))
        const later = apps.map(async (app, index) =>
          now() < app.at + CACHED ? app : { at: now(), keys: await tell(index + Math.floor(now() / STEP)) },
        )
        apps = await Promise.all(later)
        for (const jwt of jwts) {
          const { kid = '' } = decodeProtectedHeader(jwt)
          if (!seen.has(kid))
            await jwtVerify(jwt, createLocalJWKSet({ keys: [...(await tell(0))] }), {
              issuer: ISSUER,
              audience: APP,
              currentDate: new Date(now()),
            })
          seen.add(kid)
          if (apps.some(({ keys }) => !keys.some((key) => key.kid === kid)))
            mistakes.push(`unknown after ${(now() - BORN) / MINUTE} minutes`)
        }
      }
    },
  }
}

test('an app that asks for keys every five minutes never meets an unknown one, through two rotations', async (t) => {
  const { clock, replica, pass, seen, mistakes } = start()
  const replicas = [replica('EdDSA'), replica('EdDSA'), replica('EdDSA')]
  for (let rotation = 0; rotation < 2; rotation += 1) {
    for (const days of [0, 83, 90, 91]) {
      clock.now = Math.max(clock.now, BORN + (90 * rotation + days) * DAY - 12 * MINUTE)
      await pass(20, replicas)
    }
  }
  t.same(mistakes, [])
  t.equal(seen.size, 3)
})

test('nor while the algorithm changes, one process after the other', async (t) => {
  const { replica, pass, seen, mistakes } = start()
  const [a, b, c, d] = [replica('EdDSA'), replica('EdDSA'), replica('RS256'), replica('RS256')]
  await pass(10, [a, b])
  await pass(3, [a, c])
  await pass(30, [c, d])
  t.same(mistakes, [])
  t.equal(seen.size, 2)
})
