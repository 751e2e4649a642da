import { reservePort } from '../../fixtures/reserve-port.js'
import type { Bench, Outcome } from '../bench.js'
import { checkAnswer } from '../check-answer.js'
import { compareRates } from '../compare-rates.js'
import type { Ending } from '../ending.js'
import { interleaveProcesses } from '../interleave.js'
import { measure } from '../measure.js'
import { APACHE, startApache } from '../servers/apache.js'
import { BARE_UNDICI, startBareUndici } from '../servers/bare-undici.js'
import { doorwardName, startDoorward } from '../servers/doorward.js'
import { NGINX, startNginx } from '../servers/nginx.js'
import type { Server } from '../servers/server.js'
import { startUpstream } from '../servers/upstream.js'
import { summarize } from '../summary.js'
import { explain, formatTable } from '../table.js'

const STORE_OF_A_PROCESS = 'memory:'
/** Seconds in which Node compiles what is busy. */
const WARM_UP = 1
const WORK = 'signed-in GET of a small body, sessions in Redis, against'

/** Everybody who forwards a small body to an upstream; a server whose program is not installed is left out. */
export async function startProxies(
  { ending, options: { profile }, org, redis }: Bench,
  upstream: string,
): Promise<Server[]> {
  const servers = [
    await startDoorward(ending, { org, upstream, store: redis ?? STORE_OF_A_PROCESS, profile }),
    await startNginx(ending, { upstream, port: await reservePort() }),
    await startBareUndici(ending, { upstream, port: await reservePort() }),
    redis === undefined ? undefined : await startApache(ending, { org, upstream, redis }),
  ].filter((server) => server !== undefined)
  for (const server of servers) await checkAnswer(server)
  return servers
}

/** How fast a signed-in GET is forwarded, beside proxies that do less and the peer that does as much. */
export async function measureProxies(bench: Bench): Promise<Outcome> {
  const { ending, load, options, org, redis } = bench
  const upstream = await startUpstream(ending, await reservePort())
  const start = async (ending: Ending) => {
    const servers = await startProxies({ ...bench, ending }, upstream)
    if (redis === undefined) return servers
    return [await startDoorward(ending, { org, upstream, store: STORE_OF_A_PROCESS }), ...servers]
  }
  const rounds = await interleaveProcesses(ending, start, {
    rounds: options.rounds,
    warmUp: (server) => load.run(server, { ...options, seconds: WARM_UP }),
    async run(server) {
      const figures = await measure(load, server, options)
      await checkAnswer(server)
      return figures
    },
    tell: ({ requestsPerSecond }) => `${Math.round(requestsPerSecond)} requests/s`,
  })
  const rates = rounds.map((round) => ({ ...round, perSecond: round.requestsPerSecond }))
  const own = doorwardName(redis ?? STORE_OF_A_PROCESS)
  const row = (against: string, atLeast: number) =>
    compareRates(rates, { work: `${WORK} ${against}`, unit: 'requests/s', own, against, atLeast })
  const summaries = summarize(rounds)
  return {
    rows: [row(BARE_UNDICI, 0.9), row(NGINX, 0.33), row(APACHE, 5)],
    text: `${formatTable(summaries)}\n${explain(summaries)}`,
    details: { summaries, rounds },
  }
}
