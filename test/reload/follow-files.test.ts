import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { openConfig, type Watched } from '../../src/config/config-source.js'
import { createLogger } from '../../src/ops/logging.js'
import { followFiles } from '../../src/reload/follow-files.js'

const log = createLogger({ write: () => undefined })
const HOUR = 3_600_000

/** Follows places; `looked` resolves at the next look. */
function follow(t: Pick<Test, 'teardown'>, places: () => readonly Watched[], interval = HOUR) {
  let tell: (() => void) | undefined
  const look = async () => tell?.()
  // What follows holds no process up, not even this one.
  const held = setInterval(() => undefined, HOUR)
  t.teardown(() => clearInterval(held))
  t.teardown(followFiles({ watched: places, look, log, interval }))
  return {
    looked: () =>
      new Promise<void>((resolve) => {
        tell = resolve
      }),
  }
}

test('a file that is written, or replaced, is looked at', async (t) => {
  const directory = t.testdir({ 'doorward.yaml': '1' })
  const file = join(directory, 'doorward.yaml')
  const { looked } = follow(t, () => [
    { path: directory, concerns: (name) => name === 'doorward.yaml' },
    { path: file, concerns: () => true },
  ])
  for (const text of ['2', '3']) {
    const look = looked()
    writeFileSync(file, text)
    await t.resolves(look, 'in place')
  }
  for (const text of ['4', '5']) {
    writeFileSync(join(directory, 'other'), text)
    const look = looked()
    renameSync(join(directory, 'other'), file)
    await t.resolves(look, 'by another of its name')
  }
})

test('a directory that is named later is followed from then on', async (t) => {
  const directory = t.testdir({ first: {}, second: {} })
  const all = ['first', 'second'].map(
    (name): Watched => ({ path: join(directory, name), concerns: () => true }),
  )
  let places = all.slice(0, 1)
  const { looked } = follow(t, () => places)
  const look = looked()
  places = all
  writeFileSync(join(directory, 'first', 'a.yaml'), '')
  await look
  const again = looked()
  writeFileSync(join(directory, 'second', 'a.yaml'), '')
  await t.resolves(again)
})

test('a directory of tenants that is replaced whole is looked at, and followed from then on', async (t) => {
  const tenant = { origins: ['https://a.example'], issuer: 'https://a.okta.com', client_id: '0oa' }
  const files = { 'a.yaml': JSON.stringify({ ...tenant, client_secret: 's3cret' }) }
  const directory = t.testdir({
    'doorward.yaml': 'upstream: http://127.0.0.1:1\ntenants_dir: tenants\n',
    tenants: { ...files },
    next: { ...files },
  })
  const at = (name: string) => join(directory, name)
  const source = openConfig(at('doorward.yaml'), {})
  const { looked } = follow(t, () => source.watched)
  const look = looked()
  renameSync(at('tenants'), at('former'))
  renameSync(at('next'), at('tenants'))
  await t.resolves(look)
  const again = looked()
  writeFileSync(at('tenants/b.yaml'), '')
  await t.resolves(again)
})

test('without being told of anything, it looks now and then', async (t) => {
  const { looked } = follow(t, () => [{ path: join(t.testdir({}), 'nowhere'), concerns: () => true }], 20)
  await looked()
  await t.resolves(looked())
})
