import { reservePort } from '../../fixtures/reserve-port.js'
import type { Bench, Outcome } from '../bench.js'
import { compareRates } from '../compare-rates.js'
import { echoMessages } from '../echo-load.js'
import { interleave } from '../interleave.js'
import { watchCpu } from '../measure.js'
import { startApp } from '../servers/app.js'
import { doorwardName, startDoorward } from '../servers/doorward.js'
import { NGINX, startNginx } from '../servers/nginx.js'

const SOCKETS = 100

/** How many messages go to and fro on WebSockets. */
export async function measureWebSockets({ ending, options, org, redis }: Bench): Promise<Outcome> {
  const { rounds: count, seconds, profile } = options
  const upstream = await startApp(ending, await reservePort())
  const store = redis ?? 'memory:'
  const servers = [
    await startDoorward(ending, { org, upstream, store, profile }),
    await startNginx(ending, { upstream, port: await reservePort() }),
  ].filter((server) => server !== undefined)
  const rounds = await interleave(servers, {
    rounds: count,
    async run(server) {
      const work = async () => ({ perSecond: await echoMessages(server, SOCKETS, seconds) })
      const { perSecond, cpu } = await watchCpu(server, work)
      return { perSecond, cpu: cpu && cpu / seconds }
    },
    tell: ({ perSecond }) => `${Math.round(perSecond)} messages/s`,
  })
  const row = compareRates(rounds, {
    work: `WebSocket echo over ${SOCKETS} sockets, against ${NGINX}`,
    unit: 'messages/s',
    own: doorwardName(store),
    against: NGINX,
    atLeast: 0.4,
  })
  return { rows: [row], details: { rounds } }
}
