import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { createSealer, type Purpose } from '../../src/sealer.js'
import { createAllowance } from '../../src/session/allowance.js'
import { createKeptForms } from '../../src/session/kept-forms.js'
import { MINUTE, startSessions } from './fixture.js'

const FORM = { path: '/guestbook', body: 'dGV4dD1wcml2YXRl', is_own: true, user: 'alice' }

function startForms(t: Parameters<typeof startSessions>[0]) {
  const { clock, store, sealer } = startSessions(t)
  const records = new Map<string, string>()
  const watched = {
    ...store,
    set: (key: string, value: string, ttl: number) => {
      records.set(key, value)
      return store.set(key, value, ttl)
    },
  }
  const options = { store: watched, sealer, now: clock.now, lifetime: 10 * MINUTE }
  return { clock, store, sealer, records, forms: createKeptForms(options), options }
}

test('a form is read with its ticket, at its tenant, until it is forgotten or too old', async (t) => {
  const { clock, forms } = startForms(t)
  const [ticket, other] = [await forms.keep('acme', FORM), await forms.keep('acme', { ...FORM, path: '/b' })]
  t.not(ticket, other)
  t.same(await forms.read('acme', ticket), FORM)
  t.equal(await forms.read('globex', ticket), undefined)
  for (const wrong of ['', 'x', ticket.slice(1), `${ticket}=`, randomBytes(32).toString('base64url')]) {
    t.equal(await forms.read('acme', wrong), undefined, wrong)
  }
  await forms.forget('acme', ticket)
  t.equal(await forms.read('acme', ticket), undefined)
  clock.pass(10 * MINUTE)
  t.equal(await forms.read('acme', other), undefined)
})

test('the store and the session keys together open no form', async (t) => {
  const { sealer, store, records, forms, options } = startForms(t)
  const ticket = await forms.keep('acme', FORM)
  const [[name = '', sealed = ''] = []] = records
  t.match(name, /^form:acme:[0-9a-f]{32}$/)
  t.notOk(Buffer.from(sealed, 'base64url').includes('guestbook'))
  const id = name.split(':')[2] ?? ''
  const secrets = [undefined, Buffer.alloc(0), Buffer.alloc(32), Buffer.from(id, 'hex'), Buffer.from(id)]
  for (const purpose of ['form', 'session', 'transaction'] as const satisfies Purpose[]) {
    for (const secret of secrets) {
      const sealing = { purpose, context: ['acme', id], ...(secret && { secret }) }
      t.equal(sealer.open(sealed, sealing), undefined)
    }
  }
  const secret = Buffer.from(ticket, 'base64url')
  t.match(sealer.open(sealed, { purpose: 'form', context: ['acme', id], secret }), 'guestbook')

  await t.test('and a record in the place of another opens none', async (t) => {
    const other = await forms.keep('acme', { ...FORM, path: '/other' })
    const [, otherName = ''] = [...records.keys()]
    await store.set(otherName, sealed, MINUTE)
    t.equal(await forms.read('acme', other), undefined)
  })
  const stranger = createKeptForms({ ...options, sealer: createSealer([randomBytes(32)]) })
  t.equal(await stranger.read('acme', ticket), undefined, 'nor does the ticket without the keys')
})

test('what may be kept at a time is bounded: for each tenant, for all, and in number', async (t) => {
  let now = 0
  const KIB = 1024
  const allows = createAllowance({ perTenant: 4 * KIB, total: 6 * KIB, window: 1000 }, () => now)
  t.ok(allows('acme', 3 * KIB))
  t.notOk(allows('acme', 2 * KIB))
  now = 400
  t.ok(allows('acme', 0), 'what is empty counts, too')
  t.notOk(allows('acme', 0))
  t.ok(allows('globex', 2 * KIB), 'another tenant has its own')
  t.notOk(allows('west', 1), 'as far as there is room for all')
  now = 1000
  t.ok(allows('west', 3 * KIB), 'what is old is forgotten')
  t.notOk(allows('acme', 1), 'and what is not still counts')
  now = 2000
  t.ok(allows('acme', 4 * KIB))
})
