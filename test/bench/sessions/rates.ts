import { setImmediate as letOthersRun } from 'node:timers/promises'
import type { Sessions } from '../../../src/session/sessions.js'
import { signInOf } from './person.js'
import { CONCURRENCY, OWNER, type Population } from './population.js'
import type { RedisView } from './redis-view.js'

/** How fast one kind of operation is at one Redis. */
export interface Rate {
  readonly perSecond: number
  /** Microseconds of CPU that Redis has for each: strangers on the same machine disturb that least. */
  readonly redisTime: number
}

/** What is measured at one Redis. */
export interface Rates {
  readonly signIns: Rate
  /** Each asks Redis. */
  readonly lookups: Rate
  /** None asks Redis. */
  readonly cachedLookups: Rate
}

/** Does something so often, and resolves how often it was. */
type Work = () => Promise<number>

/** Sessions in the cache: as many whatever Redis holds, for it is Redis that differs. */
const WARM = 1000
/** Sessions that are begun before they are ended again, so that a small Redis stays one. */
const SLICE = 500
/** Cached lookups never wait, and Doorward's watch over Redis needs its turn. */
const TURNS_IN_A_ROW = 500

/** Measures each rate for so many seconds; the cached one is so fast that a fifth of them will do. */
export async function measureRates(
  { sessions, cached, visitors }: Population,
  redis: RedisView,
  seconds: number,
): Promise<Rates> {
  const cookies = visitors.map(({ cookie }) => cookie)
  const signIns = await signInRate(sessions, redis, seconds)
  const lookups = await measured(redis, () => lookUp(sessions, cookies, seconds))
  const warm = cookies.slice(0, WARM)
  for (const cookie of warm) await mustOpen(cached, cookie)
  return {
    signIns,
    lookups: rateOf([lookups]),
    cachedLookups: rateOf([await measured(redis, () => lookUp(cached, warm, seconds / 5))]),
  }
}

interface Measurement {
  readonly count: number
  readonly milliseconds: number
  readonly redisSeconds: number
}

async function measured(redis: RedisView, work: Work): Promise<Measurement> {
  const before = await redis.cpuSeconds()
  const begun = performance.now()
  const count = await work()
  const milliseconds = performance.now() - begun
  return { count, milliseconds, redisSeconds: (await redis.cpuSeconds()) - before }
}

function rateOf(measurements: readonly Measurement[]): Rate {
  const sum = (name: keyof Measurement) => measurements.reduce((total, one) => total + one[name], 0)
  const count = sum('count')
  return { perSecond: (count / sum('milliseconds')) * 1000, redisTime: (sum('redisSeconds') / count) * 1e6 }
}

/** Begins sessions, and ends them again while nobody looks at the clock. */
async function signInRate(sessions: Sessions, redis: RedisView, seconds: number): Promise<Rate> {
  const slices: Measurement[] = []
  for (let left = seconds * 1000; left > 0; left -= slices.at(-1)?.milliseconds ?? 0) {
    const started: Awaited<ReturnType<Sessions['create']>>[] = []
    const slice = await measured(redis, () =>
      concurrently(async (number) => {
        started.push(await sessions.create(OWNER, signInOf(1e8 + number)))
      }),
    )
    slices.push(slice)
    await concurrently(async (number) => {
      const session = started[number]
      if (session !== undefined) await sessions.end(OWNER, session)
    })
  }
  return rateOf(slices)
}

/** Looks cookies up for so many seconds, one after the other: two who look up the same at one moment would share it. */
async function lookUp(sessions: Sessions, cookies: readonly string[], seconds: number): Promise<number> {
  const deadline = performance.now() + seconds * 1000
  let count = 0
  const work = async () => {
    while (performance.now() < deadline) {
      for (let left = TURNS_IN_A_ROW; left > 0 && performance.now() < deadline; left--) {
        await mustOpen(sessions, cookies[count++ % cookies.length] ?? '')
      }
      await letOthersRun()
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return count
}

async function mustOpen(sessions: Sessions, cookie: string): Promise<void> {
  if ((await sessions.open(OWNER, cookie)) === undefined) throw new Error('a session of the bench is gone')
}

/** Does something with each number of a slice. */
async function concurrently(operation: (number: number) => Promise<void>): Promise<number> {
  let next = 0
  const work = async () => {
    while (next < SLICE) await operation(next++)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, work))
  return SLICE
}
