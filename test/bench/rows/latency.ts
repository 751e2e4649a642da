import { reservePort } from '../../fixtures/reserve-port.js'
import type { Bench, Outcome } from '../bench.js'
import { checkAnswer } from '../check-answer.js'
import { askAtConstantRate } from '../constant-rate.js'
import { interleave } from '../interleave.js'
import { warmUp, watchCpu } from '../measure.js'
import { isReached, type Row } from '../row.js'
import { doorwardName, startDoorward } from '../servers/doorward.js'
import { NGINX, startNginx } from '../servers/nginx.js'
import { startUpstream } from '../servers/upstream.js'
import { median } from '../summary.js'

/** Requests a second: little enough that nobody has to wait for anybody. */
const RATE = 1000
const TARGET = { atMost: 2 }

/** How long the slowest hundredth takes while there is little to do. */
export async function measureLatency({ ending, options, load, org, redis }: Bench): Promise<Outcome> {
  const { rounds: count, seconds, profile } = options
  const upstream = await startUpstream(ending, await reservePort())
  const store = redis ?? 'memory:'
  const servers = [
    await startDoorward(ending, { org, upstream, store, profile }),
    await startNginx(ending, { upstream, port: await reservePort() }),
  ].filter((server) => server !== undefined)
  for (const server of servers) await checkAnswer(server)
  await warmUp(load, servers, options)
  const rounds = await interleave(servers, {
    rounds: count,
    run: (server) => watchCpu(server, () => askAtConstantRate(ending, server, { rate: RATE, seconds })),
    tell: ({ p50, p99 }) => `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  })
  const p99 = (name: string) =>
    median(rounds.filter(({ server }) => server === name).map((round) => round.p99))
  const [own, figure] = [p99(doorwardName(store)) ?? 0, p99(NGINX)]
  const ratio = figure === undefined ? undefined : own / figure
  const row: Row = {
    work: `p99 at ${RATE} requests/s, against ${NGINX}`,
    unit: 'ms',
    own,
    against: { name: NGINX, figure },
    ratio,
    target: TARGET,
    reached: isReached(ratio, TARGET),
    note: figure === undefined ? `Not measured: ${NGINX} is missing.` : undefined,
  }
  return { rows: [row], details: { rounds } }
}
