import { test } from 'tap'
import { leaveTogether } from '../../src/gate/leave-together.js'

/** Resolves at the end of this turn of the event loop. */
const endOfTurn = () => new Promise((resolve) => setImmediate(resolve))

test('what is ready leaves at the end of the turn, in its order and once', async (t) => {
  const left: string[] = []
  const depart = leaveTogether()
  depart({ leave: () => left.push('first') })
  await Promise.resolve()
  depart({ leave: () => left.push('second') })
  t.same(left, [])
  await endOfTurn()
  t.same(left, ['first', 'second'])
  await endOfTurn()
  t.same(left, ['first', 'second'])
})

test('what gets ready while others leave goes at the end of the next turn', async (t) => {
  const left: string[] = []
  const depart = leaveTogether()
  depart({
    leave() {
      left.push('first')
      depart({ leave: () => left.push('second') })
    },
  })
  await endOfTurn()
  t.same(left, ['first'])
  await endOfTurn()
  t.same(left, ['first', 'second'])
})
