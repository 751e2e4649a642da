import { randomBytes } from 'node:crypto'
import { type Test, test } from 'tap'
import { type LoginTransaction, openTransactions } from '../../src/oidc/transaction.js'
import { createSealer } from '../../src/sealer.js'
import type { SessionOwner } from '../../src/session/sessions.js'
import { createCampaign, type Mutant } from '../fixtures/mutation-campaign.js'
import { acme, content, globex, MINUTE, startSessions } from './fixture.js'

const COOKIES = 30_000
const RECORDS = 25_000
const TRANSACTIONS = 25_000
const SEALED = 20_000
const LONG = 64 * 1024

const campaign = createCampaign()

/** Ten sessions of each tenant, over a store whose records may be changed. */
async function startGenuine(t: Test) {
  const world = startSessions(t)
  const begin = async (owner: SessionOwner) => {
    const { key, cookie } = await world.sessions.create(owner, content(world.clock.now()))
    const record = `session:${owner.id}:${key.id}`
    return { owner, key, cookie, record, sealed: (await world.store.get(record)) ?? '' }
  }
  const owners = Array.from({ length: 10 }, () => [acme, globex]).flat()
  const genuine = await Promise.all(owners.map(begin))
  /** Whether each of them can be opened as it was. */
  const areOpen = async (): Promise<boolean> => {
    const opened = await Promise.all(genuine.map(({ owner, cookie }) => world.sessions.open(owner, cookie)))
    return opened.every((session, index) => session?.key.id === genuine[index]?.key.id)
  }
  return { ...world, genuine, areOpen }
}

test('no changed session cookie opens a session, whether or not it is at hand', async (t) => {
  const { sessions, genuine, areOpen } = await startGenuine(t)
  const { chance, mutant, judge, end } = campaign.begin(t)
  for (let left = COOKIES; left > 0; left--) {
    const { owner, cookie } = chance.pick(genuine)
    const isGenuine = (text: string) => genuine.some((one) => one.owner === owner && one.cookie === text)
    const made = mutant(cookie, { other: chance.pick(genuine).cookie, long: LONG }, isGenuine)
    judge(made, (await sessions.open(owner, made.text)) === undefined)
    if (left === COOKIES / 2) t.ok(await areOpen(), 'from now on they are in the cache')
  }
  end()
  t.ok(await areOpen())
})

test('no changed or moved record opens with the cookie of its session', async (t) => {
  const { sessions, store, sealer, clock, genuine, areOpen } = await startGenuine(t)
  const { chance, mutant, judge, end } = campaign.begin(t)
  const stranger = createSealer([randomBytes(32)])
  const plain = JSON.stringify({ ...content(clock.now()), created_at: clock.now() })

  /** What belongs elsewhere, or was sealed otherwise; most of it takes the session key to make. */
  const move = ({ owner, key, sealed, record }: (typeof genuine)[number]): Mutant => {
    const context = [owner.id, key.id]
    const sealing = { purpose: 'session', context, secret: key.secret } as const
    const other = chance.pick(genuine.filter((one) => one.key !== key))
    const ways: [how: string, make: () => string][] = [
      ['the record of another session', () => other.sealed],
      ['sealed for another purpose', () => sealer.seal(plain, { ...sealing, purpose: 'transaction' })],
      ['sealed without a secret', () => sealer.seal(plain, { purpose: 'session', context })],
      ['sealed with another secret', () => sealer.seal(plain, { ...sealing, secret: other.key.secret })],
      ['sealed for another id', () => sealer.seal(plain, { ...sealing, context: [owner.id, other.key.id] })],
      ['sealed for another tenant', () => sealer.seal(plain, { ...sealing, context: ['west', key.id] })],
      ['sealed under a foreign key', () => stranger.seal(plain, sealing)],
      ['a sealed text sealed again', () => sealer.seal(sealed, { ...sealing, secret: randomBytes(32) })],
      ['not sealed', () => chance.pick([plain, Buffer.from(plain).toString('base64url')])],
      ['what another kind of record holds', () => chance.pick(['1', key.id, record, other.cookie])],
    ]
    const [how, make] = chance.pick(ways)
    return { how, text: make() }
  }

  for (let left = RECORDS; left > 0; left--) {
    const victim = chance.pick(genuine)
    const { owner, cookie, record, sealed } = victim
    const other = chance.pick(genuine).sealed
    const made = chance.below(4) === 0 ? move(victim) : mutant(sealed, { other, long: LONG })
    await store.set(record, made.text, MINUTE)
    judge(made, (await sessions.open(owner, cookie)) === undefined)
    await store.set(record, sealed, MINUTE)
    if (left % 1000 === 0) t.ok(await areOpen(), 'what was put back opens again')
  }
  end()
})

test('no changed or moved transaction is found', async (t) => {
  const { sealer, clock, genuine } = await startGenuine(t)
  const { chance, mutant, judge, end } = campaign.begin(t)
  const now = clock.now()
  const client = '0oa https://acme.okta.example'
  const site = {
    sealer,
    tenant: 'acme',
    client,
    origin: 'https://acme.example',
    prefix: '__Host-doorward-tx-',
    now,
  }
  const sites = [site, { ...site, tenant: 'globex' }, { ...site, origin: 'https://www.acme.example' }]
  const begin = (at: typeof site) => {
    const state = randomBytes(32).toString('base64url')
    const transaction: LoginTransaction = {
      ...{ kind: 'login', state, nonce: 'nonce', code_verifier: 'verifier', return_to: '/reports' },
      ...{ started_at: now, recent_logins: [] },
    }
    const [change] = openTransactions({ ...at, cookies: new Map() }).add(transaction)
    return { at, state, name: change?.name ?? '', value: change?.value ?? '' }
  }
  const logins = Array.from({ length: 5 }, () => sites.map(begin)).flat()
  const find = (at: typeof site, name: string, value: string) =>
    openTransactions({ ...at, cookies: new Map([[name, value]]) })

  for (let left = TRANSACTIONS; left > 0; left--) {
    const { at, state, name, value } = chance.pick(logins)
    const other = chance.pick(logins.filter((login) => login.state !== state))
    const session = chance.pick(genuine)
    const elsewhere = chance.pick(sites.filter((one) => one !== at))
    const moved = [
      { how: 'that of another login', at, name, text: other.value },
      { how: 'under the name of another login', at, name: other.name, text: value },
      { how: 'at another site', at: elsewhere, name, text: value },
      { how: 'the record of a session', at, name, text: session.sealed },
    ]
    const changed = mutant(value, { other: chance.pick([other.value, session.sealed]), long: LONG })
    const made = chance.below(4) === 0 ? chance.pick(moved) : { at, name, ...changed }
    const found = find(made.at, made.name, made.text)
    judge(made, found.all.length === 0 && found.find(state) === undefined)
  }
  end()
  t.same(
    logins.map(({ at, state, name, value }) => find(at, name, value).find(state)?.state),
    logins.map(({ state }) => state),
  )
})

test('no changed text, purpose, context or secret opens what was sealed', async (t) => {
  const { sealer, genuine } = await startGenuine(t)
  const { chance, mutant, judge, end } = campaign.begin(t)
  const sealingOf = ({ owner, key }: (typeof genuine)[number]) =>
    ({ purpose: 'session', context: [owner.id, key.id], secret: key.secret }) as const
  // A secret has 32 bytes: that is what a cookie can hold.
  const toSecret = (text: string) => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(32)], 32)

  for (let left = SEALED; left > 0; left--) {
    const [one, other] = [chance.pick(genuine), chance.pick(genuine)]
    const { sealed } = one
    const sealing = sealingOf(one)
    const way = chance.pick(['text', 'context', 'secret', 'purpose'])
    if (way === 'context') {
      const at = chance.below(2)
      const made = mutant(sealing.context[at] ?? '', {
        other: sealingOf(other).context[at] ?? '',
        long: LONG,
      })
      judge(
        made,
        sealer.open(sealed, { ...sealing, context: sealing.context.with(at, made.text) }) === undefined,
      )
    } else if (way === 'secret') {
      const options = { other: other.key.secret.toString('latin1'), long: LONG }
      const isSame = (text: string) => toSecret(text).equals(one.key.secret)
      const made = mutant(one.key.secret.toString('latin1'), options, isSame)
      judge(made, sealer.open(sealed, { ...sealing, secret: toSecret(made.text) }) === undefined)
    } else {
      const made = mutant(sealed, { other: other.sealed, long: LONG })
      const purpose = way === 'purpose' ? 'transaction' : 'session'
      judge(made, sealer.open(made.text, { ...sealing, purpose }) === undefined)
    }
  }
  end()
  t.ok(genuine.every((one) => sealer.open(one.sealed, sealingOf(one)) !== undefined))
})

test('whatever is written into the index, it finds no session but those of the tenant', async (t) => {
  const { store, sessions, sealer, genuine } = await startGenuine(t)
  const { chance, mutant, judge, end } = campaign.begin(t)
  const name = `index:acme:${sealer.blind(['acme', 'sub', 'alice'])[0]}`
  const ids = genuine.filter(({ owner }) => owner === acme).map(({ key }) => key.id)
  const found = async () => (await sessions.find(acme, { sub: 'alice' })).map(({ id }) => id).sort()
  t.same(await found(), ids.sort(), 'this is the name')
  // A record under the name of a set is none of its members.
  await store.set(name, genuine[0]?.sealed ?? '', MINUTE)
  for (let left = 500; left > 0; left--) {
    const { key, record, owner } = chance.pick(genuine)
    const moved = { how: 'an entry of another tenant', text: chance.pick([key.id, record, `:${key.id}`]) }
    const isGenuine = (text: string) => ids.includes(text)
    const made = owner === globex ? moved : mutant(key.id, { other: record, long: LONG }, isGenuine)
    await store.include(name, made.text, MINUTE)
    judge(made, (await found()).join() === ids.join())
    await store.exclude(name, made.text)
  }
  end()
})

test('these were a hundred thousand and more, of every kind', async (t) => {
  t.ok(campaign.count >= 100_000, `${campaign.count} mutants`)
  t.same(campaign.unused(), [])
})
