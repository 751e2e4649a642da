import { reservePort } from '../../fixtures/reserve-port.js'
import type { Bench, Outcome } from '../bench.js'
import { compareRates } from '../compare-rates.js'
import { interleave } from '../interleave.js'
import { watchCpu } from '../measure.js'
import { forgetPeak, peakMemory, residentMemory } from '../resident-memory.js'
import { alone } from '../row.js'
import { startApp } from '../servers/app.js'
import { doorwardName, startDoorward } from '../servers/doorward.js'
import { NGINX, startNginx } from '../servers/nginx.js'
import type { Server } from '../servers/server.js'
import { download, upload } from '../transfer.js'

const MEBIBYTE = 1 << 20
const MOST_GROWTH = 32
const WAYS = { download, upload }

/** How fast long bodies go through, both ways, and what memory that takes. */
export async function measureBodies({ ending, options, org, redis }: Bench): Promise<Outcome> {
  const { rounds, profile, sizes } = options
  const upstream = await startApp(ending, await reservePort())
  const store = redis ?? 'memory:'
  const doorward = await startDoorward(ending, { org, upstream, store, profile })
  const nginx = await startNginx(ending, { upstream, port: await reservePort() })
  const servers = [doorward, nginx].filter((server) => server !== undefined)
  // What a connection and a first request take is no body's.
  for (const transfer of Object.values(WAYS)) await transfer(doorward, 1)
  const before = residentMemory(doorward.pid)
  forgetPeak(doorward.pid)
  const size = `${sizes.mebibytes} MiB`
  const rows = []
  const details: Record<string, object> = {}
  for (const [way, transfer] of Object.entries(WAYS)) {
    const rates = await interleave(servers, {
      rounds,
      run: (server) => transferRate(server, sizes.mebibytes, transfer),
      tell: ({ perSecond }) => `${way} ${Math.round(perSecond)} MiB/s`,
    })
    const work = `${way} of ${size} through a session, against ${NGINX}`
    rows.push(
      compareRates(rates, { work, unit: 'MiB/s', own: doorwardName(store), against: NGINX, atLeast: 0.7 }),
    )
    details[way] = rates
  }
  const growth = peakMemory(doorward.pid) - before
  rows.push(alone(`growth of resident memory meanwhile`, 'MiB', growth, { atMost: MOST_GROWTH }))
  return { rows, details: { ...details, before, growth } }
}

async function transferRate(
  server: Server,
  mebibytes: number,
  transfer: (server: Server, bytes: number) => Promise<void>,
) {
  const begun = performance.now()
  const { cpu, seconds } = await watchCpu(server, async () => {
    await transfer(server, mebibytes * MEBIBYTE)
    return { seconds: (performance.now() - begun) / 1000 }
  })
  return { perSecond: mebibytes / seconds, cpu: cpu && cpu / seconds }
}
