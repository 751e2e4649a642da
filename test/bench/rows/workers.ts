import { reservePort } from '../../fixtures/reserve-port.js'
import type { Bench, Outcome } from '../bench.js'
import { checkAnswer } from '../check-answer.js'
import { compareRates } from '../compare-rates.js'
import { cores, leaveCores } from '../cores.js'
import { interleave } from '../interleave.js'
import { measure } from '../measure.js'
import { startDoorward } from '../servers/doorward.js'
import { startUpstream } from '../servers/upstream.js'

const ONE = 'one worker'
const TWO = 'two workers'
/** Two for Doorward, and one for what makes its load. */
const ENOUGH_CORES = 3

/** What a second worker on a second core brings. */
export async function measureWorkers({ ending, options, load, org, redis }: Bench): Promise<Outcome> {
  const isAlone = cores !== undefined && cores.others.length + 1 >= ENOUGH_CORES
  if (isAlone) ending.teardown(leaveCores(2))
  const upstream = await startUpstream(ending, await reservePort())
  const shared = { org, upstream, store: redis ?? 'memory:', profile: options.profile }
  const servers = [
    await startDoorward(ending, { ...shared, name: ONE }),
    await startDoorward(ending, { ...shared, name: TWO, workers: 2 }),
  ]
  for (const server of servers) await checkAnswer(server)
  const rounds = await interleave(servers, {
    rounds: options.rounds,
    run: (server) => measure(load, server, options),
    tell: ({ requestsPerSecond, cpu }) =>
      `${Math.round(requestsPerSecond)} requests/s on ${cpu?.toFixed(2) ?? '?'} cores`,
  })
  const rates = rounds.map(({ server, requestsPerSecond: perSecond, cpu }) => ({ server, perSecond, cpu }))
  const row = compareRates(rates, {
    work: '`server.workers: 2` on two cores, against one worker',
    unit: 'requests/s',
    own: TWO,
    against: ONE,
    atLeast: 1.7,
  })
  return { rows: [row], details: { isAlone, rounds } }
}
