import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client'
import { test } from 'tap'
import { createFamily } from '../../src/ops/metric-family.js'
import { createMetrics, type Metrics } from '../../src/ops/metrics.js'
import { renderMetrics } from '../../src/ops/render-metrics.js'
import { parseMetrics } from '../fixtures/scrape.js'

async function render(registry: Registry): Promise<string> {
  let text = ''
  for await (const part of renderMetrics(registry)) text += part
  return text
}

const read = async ({ registry }: Metrics) => parseMetrics(await render(registry))

/** Something of every kind. */
function use({ observer }: Metrics, tenant: string): void {
  observer.forwarded(tenant, 200, 1, 20)
  observer.forwarded(tenant, 404, 3, 70_000)
  observer.answered(tenant, 503, 'provider_unavailable', 5)
  observer.loginStarted(tenant)
  observer.loginEnded(tenant, 'succeeded')
  observer.refreshed(tenant, 'failed')
  observer.signedOut(tenant, 'universal', 'done')
  observer.sessionEnded(tenant, 'universal')
  observer.providerCalled(tenant, 'token', 'timeout', 10_000)
  observer.keysRead(tenant, 1_800_000_000_000)
}

/** What comes of something, and how often others have had their turn meanwhile. */
async function countTurns<Result>(under: Promise<Result>) {
  let turns = 0
  let isOver = false
  const count = () => {
    turns += 1
    if (!isOver) setImmediate(count)
  }
  setImmediate(count)
  const result = await under
  isOver = true
  return { result, turns }
}

const own = (text: string) =>
  text
    .split('\n')
    .filter((line) => /^(?:# (?:HELP|TYPE) )?doorward_/.test(line))
    .sort()

test('the figures are written as prom-client writes them', async (t) => {
  const metrics = createMetrics()
  use(metrics, 'acme')
  metrics.observer.storeAsked('get', 1.5, true)
  metrics.observer.leaseSettled('spared', 400)
  const text = await render(metrics.registry)
  t.same(own(text), own(await metrics.registry.metrics()))
  const { series } = parseMetrics(text)
  t.equal(series.get('doorward_upstream_duration_seconds_bucket{outcome="answered",le="0.01"}'), 0)
  t.equal(series.get('doorward_upstream_duration_seconds_bucket{outcome="answered",le="0.025"}'), 1)
  t.equal(series.get('doorward_upstream_duration_seconds_bucket{outcome="answered",le="60"}'), 1)
  t.equal(series.get('doorward_upstream_duration_seconds_bucket{outcome="answered",le="+Inf"}'), 2)
  t.equal(series.get('doorward_upstream_duration_seconds_sum{outcome="answered"}'), 70.02)
  t.equal(series.get('doorward_store_errors_total{operation="get"}'), 1)
})

test('what a label must not hold as it is, is escaped; what is no number has a name', async (t) => {
  const registry = new Registry()
  const odd = new Counter({ name: 'odd', help: 'a \\ and\na line', labelNames: ['l'], registers: [registry] })
  odd.inc({ l: 'a "b"\\\n{},= c' }, 1)
  const text = await render(registry)
  t.equal(text, '# HELP odd a \\\\ and\\na line\n# TYPE odd counter\nodd{l="a \\"b\\"\\\\\\n{},= c"} 1\n')
  t.equal(await registry.metrics(), text)
  const numbers = new Registry()
  const gauge = new Gauge({ name: 'n', help: 'n', labelNames: ['l'], registers: [numbers] })
  gauge.set({ l: 'none' }, Number.NaN)
  gauge.set({ l: 'least' }, Number.NEGATIVE_INFINITY)
  gauge.set({ l: 'most' }, Number.POSITIVE_INFINITY)
  gauge.set({ l: 'small' }, 1.5e-9)
  t.same((await render(numbers)).split('\n').slice(2), [
    'n{l="none"} NaN',
    'n{l="least"} -Inf',
    'n{l="most"} +Inf',
    'n{l="small"} 1.5e-9',
    '',
  ])
})

// With ten thousand tenants it takes most of a second.
test('while the figures of many tenants are written, others have their turn', async (t) => {
  const registry = new Registry()
  const family = createFamily(registry, { type: 'counter', name: 'many', help: 'x', labelNames: ['tenant'] })
  for (let nth = 0; nth < 5000; nth += 1) family.cell(`tenant-${nth}`).value += nth
  const { result: text, turns } = await countTurns(render(registry))
  t.equal(text.match(/^many\{/gm)?.length, 5000)
  t.ok(turns >= 4, `${turns} turns`)
})

test('nor does anybody wait while many tenants go together', async (t) => {
  const metrics = createMetrics()
  const ids = Array.from({ length: 5000 }, (_, nth) => `tenant-${nth}`)
  for (const id of ['acme', ...ids]) use(metrics, id)
  const { turns } = await countTurns(metrics.forgetTenants(ids))
  t.ok(turns >= 1, `${turns} turns`)
  const { text } = await read(metrics)
  t.notMatch(text, 'tenant-')
  t.match(text, 'tenant="acme"')
})

test('a tenant that is gone leaves nothing, and one that comes back begins anew', async (t) => {
  const metrics = createMetrics()
  use(metrics, 'acme')
  use(metrics, 'globex')
  await metrics.forgetTenants(['acme'])
  const left = await read(metrics)
  t.notMatch(left.text, 'acme')
  t.match(left.text, 'globex')
  use(metrics, 'acme')
  t.equal((await read(metrics)).sum('doorward_requests_total', { tenant: 'acme', outcome: 'forwarded' }), 2)
})

test('a tenant makes few series, whatever happens there', async (t) => {
  const metrics = createMetrics()
  const empty = (await read(metrics)).series.size
  use(metrics, 'first')
  const first = (await read(metrics)).series.size
  use(metrics, 'second')
  const second = (await read(metrics)).series.size
  t.ok(first > empty)
  t.ok(second - first <= 15, 'histograms do not tell tenants apart')
})

test('the figures of several processes are added up; of their configurations the oldest counts', async (t) => {
  const [one, other] = [createMetrics(), createMetrics()]
  for (const metrics of [one, other]) use(metrics, 'acme')
  one.observer.keysRead('acme', 1_900_000_000_000)
  one.countSessionsBy(() => 3)
  other.countSessionsBy(() => 4)
  one.configuration.loaded({ generation: 2, tenants: 8, at: 2000 })
  other.configuration.loaded({ generation: 1, tenants: 7, at: 1000 })
  other.configuration.refused()
  const json = [await one.registry.getMetricsAsJSON(), await other.registry.getMetricsAsJSON()]
  const all = parseMetrics(await render(AggregatorRegistry.aggregate(json)))
  t.equal(all.sum('doorward_requests_total', { outcome: 'forwarded' }), 4)
  t.equal(all.sum('doorward_own_duration_seconds_count', { outcome: 'forwarded' }), 4)
  t.equal(all.sum('doorward_own_duration_seconds_bucket', { outcome: 'forwarded', le: '0.001' }), 2)
  t.equal(all.sum('doorward_cached_sessions'), 7)
  t.equal(all.sum('doorward_jwks_timestamp_seconds', { tenant: 'acme' }), 1_900_000_000)
  t.equal(all.sum('doorward_build_info'), 1)
  t.equal(all.sum('doorward_config_generation'), 1)
  t.equal(all.sum('doorward_tenants'), 7)
  t.equal(all.sum('doorward_config_last_reload_successful'), 0)
  t.equal(all.sum('doorward_config_last_reload_success_timestamp_seconds'), 1)
})
