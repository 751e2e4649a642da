import { reservePort } from '../../fixtures/reserve-port.js'
import type { Bench, Outcome } from '../bench.js'
import { checkAnswer } from '../check-answer.js'
import { compareRates } from '../compare-rates.js'
import { cores, leaveCores, pinThisProcess, unpinThisProcess } from '../cores.js'
import { cpuTimes } from '../cpu-time.js'
import { interleave } from '../interleave.js'
import { measure } from '../measure.js'
import { isReached, type Row } from '../row.js'
import { startDoorward } from '../servers/doorward.js'
import type { Server } from '../servers/server.js'
import { startUpstream } from '../servers/upstream.js'
import { median } from '../summary.js'

const ONE = 'one worker'
const TWO = 'two workers'
const TARGET = { atLeast: 1.7 }
/** Two for Doorward, and one for what makes its load. */
const ENOUGH_CORES = 3

/** What a second worker on a second core brings. */
export async function measureWorkers({ ending, options, load, org, redis }: Bench): Promise<Outcome> {
  const hasOwnCores = cores !== undefined && cores.others.length + 1 >= ENOUGH_CORES
  if (hasOwnCores) leaveCores(2)
  else unpinThisProcess()
  ending.teardown(pinThisProcess)
  const upstream = await startUpstream(ending, await reservePort())
  const shared = { org, upstream, store: redis ?? 'memory:', profile: options.profile }
  const servers = [
    await startDoorward(ending, { ...shared, name: ONE }),
    await startDoorward(ending, { ...shared, name: TWO, workers: 2 }),
  ]
  for (const server of servers) await checkAnswer(server)
  const rounds = await interleave(servers, {
    rounds: options.rounds,
    run: (server) => watchShares(server, () => measure(load, server, options)),
    tell: ({ requestsPerSecond, cpu, busy }) =>
      `${Math.round(requestsPerSecond)} requests/s on ${cpu?.toFixed(2) ?? '?'} cores, ${busy.toFixed(2)} processes`,
  })
  const rates = rounds.map(({ requestsPerSecond: perSecond, ...rest }) => ({ ...rest, perSecond }))
  const row = compareRates(rates, {
    work: '`server.workers: 2` on two cores, against one worker',
    unit: 'requests/s',
    own: TWO,
    against: ONE,
    ...TARGET,
  })
  const busy = median(rounds.filter(({ server }) => server === TWO).map((round) => round.busy)) ?? 1
  return { rows: [judge(row, busy, hasOwnCores)], details: { hasOwnCores, rounds } }
}

/**
 * Adds how many processes' worth of work was done: what all had of CPU, divided by what the busiest had. Two that share
 * the work evenly make 2; one that does it all makes 1.
 */
async function watchShares<T extends object>({ pid }: Server, work: () => Promise<T>) {
  const before = cpuTimes(pid)
  const result = await work()
  const used = [...cpuTimes(pid)].map(([member, seconds]) => seconds - (before.get(member) ?? 0))
  const busiest = Math.max(0, ...used)
  return { ...result, busy: busiest > 0 ? used.reduce((sum, seconds) => sum + seconds, 0) / busiest : 1 }
}

// The clock of the wall is just only where nothing else needs the two cores. Elsewhere: how much is done by CPU second,
// times how evenly the workers share it, which is what the clock would say there.
function judge(row: Row, busy: number, hasOwnCores: boolean): Row {
  const ratioByCpu = row.ratioByCpu === undefined ? undefined : row.ratioByCpu * busy
  const counts = hasOwnCores ? row.ratio : ratioByCpu
  const note = hasOwnCores
    ? undefined
    : 'The load shared the two cores: requests by CPU second, times how evenly the workers were busy, count.'
  return { ...row, ratioByCpu, reached: isReached(counts, TARGET), note }
}
