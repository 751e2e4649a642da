import { test } from 'tap'
import { createBackoff } from '../../src/session/backoff.js'
import { createClock } from './fixture.js'

function start() {
  const clock = createClock()
  return { clock, backoff: createBackoff({ now: clock.now, firstPause: 250, longestPause: 2000 }) }
}

test('who has not failed is not left alone', async (t) => {
  const { backoff } = start()
  backoff.begin('acme')
  t.equal(backoff.isPaused('acme'), false)
  t.equal(backoff.pauseLeft('acme'), 0)
})

test('the pause doubles with every failed attempt, up to the longest', async (t) => {
  const { backoff, clock } = start()
  for (const pause of [250, 500, 1000, 2000, 2000]) {
    backoff.begin('acme')
    backoff.failed('acme')
    t.equal(backoff.pauseLeft('acme'), pause)
    clock.pass(pause - 1)
    t.ok(backoff.isPaused('acme'))
    clock.pass(1)
    t.notOk(backoff.isPaused('acme'))
    t.notOk(backoff.isPaused('globex'), 'nobody else is concerned')
  }
  backoff.succeeded('acme')
  backoff.failed('acme')
  t.equal(backoff.pauseLeft('acme'), 250, 'after a success it begins anew')
})

test('after a failure one attempt at a time tries whether it is over', async (t) => {
  const { backoff, clock } = start()
  backoff.failed('acme')
  clock.pass(250)
  t.notOk(backoff.isPaused('acme'))
  backoff.begin('acme')
  t.ok(backoff.isPaused('acme'))
  clock.pass(60_000)
  t.ok(backoff.isPaused('acme'), 'however long it takes')
  backoff.succeeded('acme')
  t.notOk(backoff.isPaused('acme'))
})

test('many that fail together are one failure', async (t) => {
  const { backoff } = start()
  for (let count = 0; count < 100; count += 1) backoff.failed('acme')
  t.equal(backoff.pauseLeft('acme'), 250)
})

test('the other side may ask for a longer pause, also while one lasts, and never for a shorter', async (t) => {
  const { backoff } = start()
  backoff.failed('acme', 30_000)
  t.equal(backoff.pauseLeft('acme'), 30_000)
  backoff.failed('acme')
  backoff.failed('acme', 10)
  t.equal(backoff.pauseLeft('acme'), 30_000)
  backoff.failed('acme', 60_000)
  t.equal(backoff.pauseLeft('acme'), 60_000)
})
