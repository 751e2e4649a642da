import { type Test, test } from 'tap'
import { createPersistence } from '../../src/oidc/logout-revocation.js'
import { until } from '../fixtures/until.js'

const failure = new Error('down')

// A pause keeps no process alive, so the test does.
function stayAlive(t: Test): void {
  const timer = setInterval(() => undefined, 1000)
  t.teardown(() => clearInterval(timer))
}

test('a call that fails is tried again, as often as there are pauses', async (t) => {
  stayAlive(t)
  const { persist } = createPersistence({ pauses: [1, 1, 1] })
  let calls = 0
  const failing = (times: number) => async () => {
    calls += 1
    if (calls <= times) throw failure
  }
  await persist(failing(0))
  t.equal(calls, 1)
  calls = 0
  await persist(failing(3))
  t.equal(calls, 4)
  calls = 0
  await t.rejects(persist(failing(99)), failure)
  t.equal(calls, 4)
})

test('only so many calls are under way at one time, and all have their turn', async (t) => {
  stayAlive(t)
  const { persist } = createPersistence({ pauses: [0], mostAtOnce: 2 })
  let underWay = 0
  let most = 0
  let done = 0
  const call = async () => {
    underWay += 1
    most = Math.max(most, underWay)
    await new Promise(setImmediate)
    underWay -= 1
    done += 1
    if (done % 3 === 0) throw failure
  }
  await Promise.allSettled(Array.from({ length: 20 }, () => persist(call)))
  t.equal(most, 2)
  t.equal(underWay, 0)
  t.ok(done >= 20)
})

test('what would be one too many is given up at once', async (t) => {
  const { persist } = createPersistence({ pauses: [], mostPending: 2 })
  const endings: (() => void)[] = []
  const slow = () => new Promise<void>((resolve) => endings.push(resolve))
  const first = persist(slow)
  persist(slow)
  await t.rejects(persist(slow), { message: '2 others are waiting for the provider' })
  endings[0]?.()
  await first
  await t.resolves(persist(async () => undefined))
})

test('a pause holds no process up', async (t) => {
  const { persist } = createPersistence({ pauses: [600_000] })
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  persist(() => Promise.reject(failure))
  await new Promise(setImmediate)
  // Another timer, of tap's own, may have ended meanwhile.
  t.ok(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length <= before)
})

test('what waits gets its last try when it is to be settled, and what comes later one', async (t) => {
  const { persist, settle } = createPersistence({ pauses: [600_000, 600_000] })
  const calls: string[] = []
  const failing = (name: string) => async () => {
    calls.push(name)
    throw failure
  }
  let isWell = false
  const recovering = async () => {
    calls.push('recovering')
    if (!isWell) throw failure
  }
  const [lost, kept] = [persist(failing('lost')), persist(recovering)]
  const lostIsGivenUp = t.rejects(lost, failure)
  await new Promise(setImmediate)
  isWell = true
  await settle()
  await lostIsGivenUp
  await t.resolves(kept)
  await t.rejects(persist(failing('late')), failure)
  t.same(calls, ['lost', 'recovering', 'lost', 'recovering', 'late'])
  await settle()
})

test('a call that is under way when it is to be settled is waited for, with one more try', async (t) => {
  const { persist, settle } = createPersistence({ pauses: [600_000, 600_000] })
  const failures: ((error: Error) => void)[] = []
  const call = () => new Promise<void>((_resolve, reject) => void failures.push(reject))
  const givenUp = t.rejects(persist(call), failure)
  const settled = settle()
  failures[0]?.(failure)
  await until('it is called again', async () => failures.length === 2)
  failures[1]?.(failure)
  await Promise.all([settled, givenUp])
  t.equal(failures.length, 2)
})
