import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'tap'
import { listen } from '../fixtures/listen.js'
import { compareRates, type Rate } from './compare-rates.js'
import { askAtConstantRate } from './constant-rate.js'
import { createEnding } from './ending.js'
import { readOptions } from './options.js'
import { drawConcurrency } from './plot/draw-concurrency.js'
import { createScale } from './plot/scale.js'
import { alone, formatRows } from './row.js'

const COMPARISON = { work: 'a GET', unit: 'requests/s', own: 'ours', against: 'theirs', atLeast: 0.5 }

const rate = (server: string, perSecond: number, cpu = 1): Rate => ({ server, perSecond, cpu })

test('medians are compared, so that one disturbed round changes nothing', async (t) => {
  const ours = [rate('ours', 60), rate('ours', 1), rate('ours', 61)]
  const row = compareRates([...ours, ...ours.map(() => rate('theirs', 100))], COMPARISON)
  t.equal(row.ratio, 0.6)
  t.equal(row.reached, true)
})

test('a peer that waited for the load makes nobody look good', async (t) => {
  const row = compareRates([rate('ours', 60), rate('theirs', 100, 0.5)], COMPARISON)
  t.match(row, { ratio: 0.6, ratioByCpu: 0.3, reached: false, note: /^theirs had less than a core/ })
})

test('what could not be measured is neither reached nor missed, and named', async (t) => {
  const row = compareRates([rate('ours', 60)], COMPARISON)
  t.match(row, { ratio: undefined, reached: undefined, note: 'Not measured: theirs is missing.' })
  t.match(
    formatRows([row, alone('memory', 'MiB', 12, { atMost: 10 })]),
    /a GET \[1\] .* - \|\n.* no \|\n\n\[1\] Not/,
  )
})

test('a single round is small unless told otherwise, and only known works are done', async (t) => {
  const works = ['start', 'growth']
  t.match(readOptions([], works), { rounds: 5, sizes: { tenants: 10_000, sessions: 1_000_000 }, only: works })
  t.match(readOptions(['--rounds', '1', '--tenants', '7'], works).sizes, { tenants: 7, sessions: 1000 })
  t.same(readOptions(['--only', 'growth'], works).only, ['growth'])
  t.throws(() => readOptions(['--only', 'speed'], works), {
    message: '--only knows start, growth, and not speed',
  })
})

test('a server that keeps a request waiting is charged with every other one that was due meanwhile', async (t) => {
  const waiting: ServerResponse[] = []
  const all = 100
  const server = createServer((_request, response) => {
    waiting.push(response)
    if (waiting.length === all) for (const one of waiting) one.end()
  })
  await listen(server, 0)
  const ending = createEnding()
  t.teardown(async () => {
    await ending.run()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const asked = { name: 'slow', pid: process.pid, url, headers: {} }
  const { p50, p99 } = await askAtConstantRate(ending, asked, { rate: 1000, seconds: all / 1000 })
  // The answers come when the last request does: the first has waited for 99 intervals then, half of them for 49.
  t.ok(p50 >= 49, `${p50} ms`)
  t.ok(p99 >= 97, `${p99} ms`)
})

test('a scale goes from power to power around its values', async (t) => {
  const scale = createScale([8, 300], { base: 2, from: 0, to: 60 })
  t.same(scale.ticks, [8, 16, 32, 64, 128, 256, 512])
  t.same([8, 64, 512].map(scale.at), [0, 30, 60])
})

test('the plot has a line for every server in both panels, and nothing that runs', async (t) => {
  const servers = ['ours', 'theirs']
  const points = servers.flatMap((server) =>
    [1, 2].map((connections) => ({ server, connections, requestsPerSecond: 1000, p99: 2 })),
  )
  const svg = drawConcurrency(points)
  t.equal(svg.match(/<path d="M[\d.]+ [\d.]+L/g)?.length, 4)
  for (const server of servers) t.match(svg, `>${server}</text>`)
  t.notMatch(svg, /script|NaN|undefined|href/)
})
