import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { createSealer, type Sealer } from '../../src/sealer.js'
import { openStore } from '../../src/session/open-store.js'
import { openSealedRecord } from '../../src/session/sealed-record.js'

const HOUR = 3_600_000

test('a record is read by who has the key, for its tenant only, and nobody overwrites what he has not read', async (t) => {
  const store = openStore({ kind: 'memory' }, { now: Date.now, report: { lost() {}, restored() {} } })
  t.teardown(() => store.close())
  const [older, newer] = [randomBytes(32), randomBytes(32)]
  const open = (sealer: Sealer, tenant = 'acme') =>
    openSealedRecord({ store, sealer, purpose: 'client-key', tenant, ttl: HOUR })
  const mine = open(createSealer([older]))
  t.equal(await mine.read(), undefined)
  t.equal(await mine.write('one', undefined), true)
  t.equal(await mine.write('two', undefined), false, 'somebody was faster')
  t.notMatch(await store.get('client-key:acme'), 'one')
  const read = await mine.read()
  t.equal(read?.text, 'one')
  t.equal(await open(createSealer([newer, older])).write('two', read?.version), true)
  t.equal(await mine.write('three', read?.version), false, 'overtaken')
  t.match(await open(createSealer([newer])).read(), { text: 'two' })

  const foreign = { code: 'internal_error', reason: /no session key opens the record client-key:acme/ }
  await t.rejects(mine.read(), foreign, 'the key is another one now')
  await store.set('client-key:globex', (await store.get('client-key:acme')) ?? '', HOUR)
  await t.rejects(
    open(createSealer([newer]), 'globex').read(),
    { code: 'internal_error' },
    "another tenant's",
  )
  const sealer = createSealer([newer])
  const signer = openSealedRecord({ store, sealer, purpose: 'assertion-key', tenant: 'acme', ttl: HOUR })
  await store.set('assertion-key:acme', (await store.get('client-key:acme')) ?? '', HOUR)
  await t.rejects(signer.read(), { code: 'internal_error' }, "another signer's")
  await store.set('client-key:acme', 'rubbish', HOUR)
  await t.rejects(mine.read(), { code: 'internal_error' })
})

test('a record that an old session key has sealed is sealed anew as soon as it is read', async (t) => {
  const store = openStore({ kind: 'memory' }, { now: Date.now, report: { lost() {}, restored() {} } })
  t.teardown(() => store.close())
  const [older, newer] = [randomBytes(32), randomBytes(32)]
  const open = (keys: Buffer[], over = store) =>
    openSealedRecord({
      store: over,
      sealer: createSealer(keys),
      purpose: 'client-key',
      tenant: 'acme',
      ttl: HOUR,
    })
  const stored = () => store.get('client-key:acme')
  await open([older]).write('one', undefined)
  const before = await stored()

  const away = { ...store, swap: () => Promise.reject(new Error('the store is away')) }
  t.match(await open([newer, older], away).read(), { text: 'one' }, 'it is not needed for reading')
  const overtaken = { ...store, swap: async () => false }
  t.match(await open([newer, older], overtaken).read(), { text: 'one' })
  t.equal(await stored(), before)

  const both = open([newer, older])
  const read = await both.read()
  t.equal(read?.text, 'one')
  const after = await stored()
  t.not(after, before)
  t.match(await open([newer]).read(), { text: 'one' }, 'the old key can go')
  await both.read()
  t.equal(await stored(), after, 'once')
  t.equal(await both.write('two', read?.version), true, 'and what was read can be written over')
})
