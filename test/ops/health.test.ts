import Fastify from 'fastify'
import { type Test, test } from 'tap'
import { health } from '../../src/ops/health.js'

async function ask(t: Pick<Test, 'teardown'>, url: string, state: { accepting: boolean; store: boolean }) {
  const app = Fastify()
  t.teardown(() => app.close())
  const pingStore = () => (state.store ? Promise.resolve() : Promise.reject(new Error('redis://:p4ss@host')))
  await app.register(health, { isAccepting: () => state.accepting, pingStore })
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

test('a process that drains, or whose store is down, is alive', async (t) => {
  t.equal((await ask(t, '/livez', { accepting: false, store: false })).statusCode, 200)
})
