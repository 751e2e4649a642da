import Fastify from 'fastify'
import { type Test, test } from 'tap'
import { health } from '../../src/ops/health.js'

async function ask(
  t: Pick<Test, 'teardown'>,
  url: string,
  state: { accepting: boolean; store: boolean; problems?: number },
) {
  const app = Fastify()
  t.teardown(() => app.close())
  const pingStore = () => (state.store ? Promise.resolve() : Promise.reject(new Error('redis://:p4ss@host')))
  const { problems = 0 } = state
  const reloadStatus = () => ({ generation: 7, taken_at: 1_800_000_000_000, attempted_at: 0, problems })
  await app.register(health, { isAccepting: () => state.accepting, pingStore, reloadStatus })
  return app.inject(url)
}

test('ready means that new requests are welcome and the store answers', async (t) => {
  const table: [accepting: boolean, store: boolean, status: number][] = [
    [true, true, 200],
    [true, false, 503],
    [false, true, 503],
    [false, false, 503],
  ]
  for (const [accepting, store, status] of table) {
    const answer = await ask(t, '/readyz', { accepting, store })
    t.equal(answer.statusCode, status, `accepting ${accepting}, store ${store}`)
    t.notMatch(answer.body, 'p4ss')
  }
})

test('files that are wrong do not make a process unready, and its answer tells of them', async (t) => {
  const ready = await ask(t, '/readyz', { accepting: true, store: true })
  t.same(ready.json(), { status: 'ready' })
  const stale = await ask(t, '/readyz', { accepting: true, store: true, problems: 2 })
  t.equal(stale.statusCode, 200)
  t.same(stale.json(), {
    status: 'ready',
    config: 'stale: 2 problems in the files, see the log; generation 7 of 2027-01-15T08:00:00.000Z is served',
  })
})

test('a process that drains, or whose store is down, is alive', async (t) => {
  t.equal((await ask(t, '/livez', { accepting: false, store: false })).statusCode, 200)
})
