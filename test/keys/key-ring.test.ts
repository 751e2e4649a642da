import { test } from 'tap'
import {
  EMPTY_RING,
  type KeyRing,
  planRing,
  type RingAlg,
  retiringKey,
  signingKey,
  withKey,
} from '../../src/keys/key-ring.js'

const DAY = 86_400_000
const HOUR = DAY / 24
const BORN = 1_800_000_000_000

/** Turns a ring as its owner does; its keys are named by letters. */
function turn(ring: KeyRing, now: number, alg: RingAlg = 'RS256'): KeyRing {
  const plan = planRing(ring, alg, now)
  if (!plan.needsKey) return plan.ring
  const kid = String.fromCharCode((plan.ring.keys.at(-1)?.kid.charCodeAt(0) ?? 96) + 1)
  return withKey(plan.ring, { kid, alg, jwk: {} }, now)
}

/** The ring as letters: those that are published, the one that signs in capitals. */
const shown = (ring: KeyRing): string =>
  ring.keys.map(({ kid }) => (signingKey(ring)?.kid === kid ? kid.toUpperCase() : kid)).join('')

test('a key is published a week before it signs, signs for ninety days, and is published for one more', async (t) => {
  const table: [days: number, ring: string, retiring?: string][] = [
    [0, 'A'],
    [1, 'A'],
    [82.9, 'A'],
    [83, 'Ab'],
    [89.9, 'Ab'],
    [90, 'aB', 'a'],
    [90.9, 'aB', 'a'],
    [91, 'B'],
    [172.9, 'B'],
    [173, 'Bc'],
    [179.9, 'Bc'],
    [180, 'bC', 'b'],
    [181, 'C'],
  ]
  let ring = EMPTY_RING
  for (const [days, expected, retiring] of table) {
    ring = turn(ring, BORN + days * DAY)
    t.equal(shown(ring), expected, `day ${days}`)
    t.equal(retiringKey(ring)?.kid, retiring, `day ${days}`)
  }
})

test('nobody signs with a key that was not published for a week, however late it is', async (t) => {
  for (const late of [95, 200, 300]) {
    let ring = turn(EMPTY_RING, BORN)
    ring = turn(ring, BORN + late * DAY)
    t.equal(shown(ring), 'Ab')
    ring = turn(ring, BORN + (late + 6.9) * DAY)
    t.equal(shown(ring), 'Ab')
    ring = turn(ring, BORN + (late + 7) * DAY)
    t.equal(shown(ring), 'aB')
    t.equal(
      planRing(ring, 'RS256', BORN + (late + 8) * DAY).needsKey,
      false,
      'and the next has its whole time',
    )
  }
})

test('of a ring that is turned every hour for three years, each step follows from the one before', async (t) => {
  let ring = turn(EMPTY_RING, BORN)
  const mistakes: string[] = []
  for (let now = BORN; now < BORN + 3 * 365 * DAY; now += HOUR) {
    const next = turn(ring, now)
    const [before, after] = [signingKey(ring), signingKey(next)]
    const published = ring.keys.find(({ kid }) => kid === after?.kid)?.published_at ?? now
    if (after === undefined) mistakes.push('nobody signs')
    if (before?.kid !== after?.kid && now - published < 7 * DAY)
      mistakes.push(`${after?.kid} signs too early`)
    if (!next.keys.some(({ kid }) => kid === before?.kid))
      mistakes.push(`${before?.kid} went while it signed`)
    if (next.keys.length > 3) mistakes.push('too many keys')
    ring = next
  }
  t.same(mistakes, [])
  t.equal(shown(ring), 'M', 'twelve rotations')
})

test('a ring in which nothing happens is written once a month, so that the store keeps it', async (t) => {
  const ring = turn(EMPTY_RING, BORN)
  t.equal(planRing(ring, 'RS256', BORN + 29.9 * DAY).ring, ring, 'the same one')
  const renewed = planRing(ring, 'RS256', BORN + 30 * DAY)
  t.same(renewed, { ring: { ...ring, written_at: BORN + 30 * DAY }, needsKey: false, promoted: undefined })
})

test('a promotion is told where it happens, and only there', async (t) => {
  let ring = turn(turn(EMPTY_RING, BORN), BORN + 83 * DAY)
  t.equal(planRing(ring, 'RS256', BORN + 89 * DAY).promoted, undefined)
  t.match(planRing(ring, 'RS256', BORN + 90 * DAY).promoted, { kid: 'b', signs_since: BORN + 90 * DAY })
  ring = turn(ring, BORN + 90 * DAY)
  t.equal(planRing(ring, 'RS256', BORN + 90 * DAY).promoted, undefined)
})

test('another algorithm is published for a quarter of an hour before it signs, whatever signed till then', async (t) => {
  for (const days of [1, 85, 90.5, 200]) {
    let ring = turn(turn(EMPTY_RING, BORN), BORN + days * DAY)
    const old = signingKey(ring)?.kid
    const asked = BORN + days * DAY
    const look = (now: number) => {
      ring = turn(ring, now, 'EdDSA')
      return signingKey(ring)?.alg
    }
    t.equal(look(asked), 'RS256')
    t.same(
      ring.keys.map(({ alg }) => alg),
      ['RS256', 'EdDSA'],
      'and a key of the old one that would have followed is gone',
    )
    t.equal(look(asked + HOUR / 4 - 1), 'RS256')
    t.equal(look(asked + HOUR / 4), 'EdDSA')
    t.ok(ring.keys.some(({ kid }) => kid === old))
    look(asked + HOUR / 4 + 0.99 * DAY)
    t.ok(
      ring.keys.some(({ kid }) => kid === old),
      'what signed is published for a day more',
    )
    look(asked + HOUR / 4 + DAY)
    t.same(
      ring.keys.map(({ alg }) => alg),
      ['EdDSA'],
    )
  }
})

test('processes that disagree about the algorithm keep the one that signs, and who is left decides', async (t) => {
  let ring = turn(EMPTY_RING, BORN, 'EdDSA')
  let now = BORN
  const kids = new Set<string | undefined>()
  for (; now < BORN + DAY; now += HOUR / 60) {
    ring = turn(ring, now, (now / 60_000) % 2 === 0 ? 'EdDSA' : 'RS256')
    kids.add(signingKey(ring)?.kid)
    if (ring.keys.length > 2) t.fail('keys pile up')
  }
  t.same([...kids], ['a'])
  for (; now < BORN + DAY + HOUR; now += HOUR / 60) ring = turn(ring, now, 'RS256')
  t.equal(signingKey(ring)?.alg, 'RS256')
})
