import { reservePort } from '../../fixtures/reserve-port.js'
import type { Bench, Outcome } from '../bench.js'
import { interleave } from '../interleave.js'
import { measure, warmUp } from '../measure.js'
import { drawConcurrency, type Point } from '../plot/draw-concurrency.js'
import { say } from '../say.js'
import { startUpstream } from '../servers/upstream.js'
import { summarize } from '../summary.js'
import { formatColumns } from '../table.js'
import { writeText } from '../write-results.js'
import { startProxies } from './proxies.js'

/** Connections, and requests under way: every step is twice the one before. */
const STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256]
/** A single round only shows that it measures. */
const FEW_STEPS = [32]
/** Of one server at one step in one round. */
const SECONDS = 1

/** What more connections at once do to everybody's speed; draws it too. */
export async function measureConcurrency(bench: Bench): Promise<Outcome> {
  const { ending, options, load } = bench
  const servers = await startProxies(bench, await startUpstream(ending, await reservePort()))
  await warmUp(load, servers, options)
  const points: Point[] = []
  for (const connections of options.rounds === 1 ? FEW_STEPS : STEPS) {
    say(`${connections} connections`)
    const rounds = await interleave(servers, {
      rounds: options.rounds,
      warmUp: false,
      run: (server) => measure(load, server, { seconds: SECONDS, connections }),
      tell: ({ requestsPerSecond }) => `${Math.round(requestsPerSecond)} requests/s`,
    })
    for (const { server, requestsPerSecond, p99 } of summarize(rounds)) {
      points.push({ server, connections, requestsPerSecond, p99 })
    }
  }
  const file = await writeText('concurrency.svg', drawConcurrency(points))
  return { rows: [], text: `${formatPoints(points)}\nDrawn in ${file}`, details: { points } }
}

function formatPoints(points: readonly Point[]): string {
  const servers = [...new Set(points.map(({ server }) => server))]
  const steps = [...new Set(points.map(({ connections }) => connections))]
  const columns = servers.map((server): [string, ...string[]] => [
    `${server}: requests/s, p99 ms`,
    ...points
      .filter((point) => point.server === server)
      .map(({ requestsPerSecond, p99 }) => `${Math.round(requestsPerSecond)}, ${p99.toFixed(1)}`),
  ])
  return formatColumns([['connections', ...steps.map(String)], ...columns])
}
