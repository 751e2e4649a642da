import { randomBytes } from 'node:crypto'
import { freemem } from 'node:os'
import { reservePort } from '../../fixtures/reserve-port.js'
import type { Bench, Outcome } from '../bench.js'
import { checkAnswer } from '../check-answer.js'
import { compareRates } from '../compare-rates.js'
import { leaveServerCore, pinThisProcess, unpinThisProcess } from '../cores.js'
import { interleave } from '../interleave.js'
import { measure } from '../measure.js'
import type { Sizes } from '../options.js'
import { say } from '../say.js'
import { startDoorward } from '../servers/doorward.js'
import { startRedis } from '../servers/redis.js'
import type { Server } from '../servers/server.js'
import { tenantId } from '../servers/tenant-files.js'
import { startUpstream } from '../servers/upstream.js'
import { openPopulation, ownerOf, ROOM } from '../sessions/population.js'
import { viewRedis } from '../sessions/redis-view.js'
import { chooseVisitors, writeCookies } from '../sessions/visitors.js'

const ONE = '1 of each'
const MANY = 'many of each'
const CROWD = 'many, and a crowd of visitors'
/** Whoever is allowed to go where the load goes, behind all rules that are no match. */
const LAST_RULE = { path: '/**', methods: ['GET'] }

/** Whether tenants, rules and sessions slow a request down when there are many. */
export async function measureGrowth(bench: Bench): Promise<Outcome> {
  const { options, load } = bench
  const { sizes } = options
  if (sizes.sessions * ROOM > freemem())
    throw new Error('not enough memory for so many sessions: say --sessions')
  const [small, many] = [
    await grow(bench, { ...sizes, tenants: 1, rules: 1, sessions: 1 }, ONE),
    await grow(bench, sizes, MANY),
  ]
  const servers: Server[] = [
    small.server,
    many.server,
    { ...many.server, name: CROWD, cookieFile: many.cookieFile },
  ]
  for (const server of servers) await checkAnswer(server)
  const rounds = await interleave(servers, {
    rounds: options.rounds,
    run: (server) => measure(load, server, options),
    tell: ({ requestsPerSecond }) => `${Math.round(requestsPerSecond)} requests/s`,
  })
  const rates = rounds.map(({ server, requestsPerSecond: perSecond, cpu }) => ({ server, perSecond, cpu }))
  const [tenants, rules, sessions] = [sizes.tenants, sizes.rules, sizes.sessions].map((size) =>
    size.toLocaleString('en-US'),
  )
  const row = (own: string, visitors: string) =>
    compareRates(rates, {
      work: `${tenants} tenants, ${rules} rules, ${sessions} sessions${visitors}, against 1, 1, 1`,
      unit: 'requests/s',
      own,
      against: ONE,
      atLeast: 0.95,
    })
  return {
    rows: [row(MANY, ''), row(CROWD, `, ${many.visitors.toLocaleString('en-US')} visitors in turn`)],
    details: { fillSeconds: many.fillSeconds, rounds },
  }
}

/** A Doorward of this size, with a Redis of its own. */
async function grow({ ending, options, org }: Bench, sizes: Sizes, name: string) {
  // Nobody is measured yet, so the sign-ins may have every core.
  unpinThisProcess()
  const store = await startRedis(ending, await reservePort())
  if (store === undefined) throw new Error('install redis-server')
  const sessionKey = randomBytes(32)
  const owners = Array.from({ length: sizes.tenants }, (_, number) => ownerOf(tenantId(number)))
  const population = await openPopulation(ending, store, sessionKey, owners)
  const fillSeconds = await population.fill(sizes.sessions)
  say(`${name}: ${sizes.sessions} sign-ins in ${fillSeconds.toFixed(1)} s`)
  pinThisProcess()
  leaveServerCore((await viewRedis(ending, store)).pid)
  const session = { keys: [sessionKey.toString('base64')] }
  const { profile } = options
  const { tenants, rules } = sizes
  const upstream = await startUpstream(ending, await reservePort())
  const server = await startDoorward(ending, {
    org,
    upstream,
    store,
    session,
    name,
    profile,
    tenants,
    rules: rulesOf(rules),
  })
  const visitors = chooseVisitors(population.visitors)
  return {
    server,
    fillSeconds,
    visitors: visitors.length,
    cookieFile: await writeCookies(ending, visitors, server.url),
  }
}

const rulesOf = (count: number): object[] => [
  ...Array.from({ length: count - 1 }, (_, index) => ({
    path: `/app/area${index}/**`,
    require: { groups: `area-${index}` },
  })),
  LAST_RULE,
]
