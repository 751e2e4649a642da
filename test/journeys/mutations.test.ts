import { type Test, test } from 'tap'
import { newSessionCookie } from '../../src/session/cookie.js'
import type { Chance } from '../fixtures/mutate.js'
import { createCampaign, type Mutant } from '../fixtures/mutation-campaign.js'
import { openPipeline } from '../fixtures/pipeline.js'
import { rawRequest } from '../fixtures/raw-request.js'
import { startWorld, type TenantName, type World } from '../fixtures/world.js'

const SESSIONS = 12_000
const TRANSACTIONS = 8000
// All headers together may have 32 KiB.
const LONG = 24 * 1024
const TOO_LONG = 64 * 1024

const campaign = createCampaign()

interface Probe extends Mutant {
  readonly request: Buffer
  /** The answer but for its date. */
  readonly expected: string
}

const withoutDate = (answer: string): string => answer.replace(/^Date: .*\r\n/im, '')

// Bytes as they are where they are bytes; anything else as browsers and scripts would send it.
const bytesOf = (text: string): Buffer => Buffer.from(text, /[^\0-\xff]/.test(text) ? 'utf8' : 'latin1')

function get(host: string, target: string, ...cookies: string[]): Buffer {
  const lines = [`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Accept: application/json']
  return bytesOf(`${[...lines, ...cookies.map((cookie) => `Cookie: ${cookie}`)].join('\r\n')}\r\n\r\n`)
}

/** Puts probes through a few kept-alive connections, pipelined; after each batch comes a request that must succeed. */
async function probe(t: Test, world: World, probes: readonly Probe[], genuine: Buffer) {
  const BATCH = 25
  const batches = Array.from({ length: Math.ceil(probes.length / BATCH) }, (_, index) =>
    probes.slice(index * BATCH, (index + 1) * BATCH),
  )
  const answered: { probe: Probe; answer: string }[] = []
  const refused: string[] = []
  const work = async () => {
    const pipeline = await openPipeline(t, world.port)
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const answers = await pipeline.send([...batch.map(({ request }) => request), genuine])
      if (!answers.at(-1)?.startsWith('HTTP/1.1 200 ')) refused.push(answers.at(-1) ?? '')
      answered.push(...batch.map((probe, index) => ({ probe, answer: withoutDate(answers[index] ?? '') })))
    }
  }
  await Promise.all([work(), work(), work(), work()])
  t.same(refused, [], 'the genuine cookie opened its session all along')
  return answered
}

/** What ends a cookie's value (RFC 6265 §5.4), or may be in no header (RFC 9110 §5.5) and is refused before anybody reads it. */
const isUnsendable = (text: string): boolean =>
  [...text].some((letter) => letter === ';' || letter === '\x7f' || (letter < ' ' && letter !== '\t'))

/** Blanks around a value are none of it (RFC 6265 §5.2). */
const unpadded = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '')

/** A name that only looks like this one. */
function misname(name: string, chance: Chance): Mutant {
  const upperCaseAt = chance.below(name.length)
  const text = chance.pick([
    [...name].map((letter, index) => (index === upperCaseAt ? letter.toUpperCase() : letter)).join(''),
    name.toUpperCase(),
    ...['__Host-', '__Secure-', '__host-', '__Host-__Host-', 'x', '\xa0', '$', '"'].map(
      (prefix) => prefix + name,
    ),
    ...['-', '.', '0', '\xa0', '[]', '"', '-tx-', '\u200b'].map((suffix) => name + suffix),
    name.slice(0, -1),
    name.replace('o', '%6F'),
    name.replace('a', '\u0430'),
    name.replace('-', '_'),
  ])
  return text === name ? misname(name, chance) : { how: 'another name', text }
}

const cookieAt = async (world: World, tenant: TenantName): Promise<string> =>
  String((await world.client(tenant)).cookies(`${tenant}.localhost`).doorward)

test('whatever is done to a session cookie, the answer is that to a cookie which nobody knows', async (t) => {
  const world = await startWorld(t)
  const { chance, mutant, judge, end } = campaign.begin(t)
  const [cookie, second] = [await cookieAt(world, 'acme'), await cookieAt(world, 'acme')]
  const others = [second, await cookieAt(world, 'globex'), await cookieAt(world, 'west')]
  const host = `acme.localhost:${world.port}`
  const paths = ['/', '/reports/1?x=y', '/oauth2/session']
  const pipeline = await openPipeline(t, world.port)
  const answersTo = async (...cookies: string[]) =>
    (await pipeline.send(paths.map((path) => get(host, path, ...cookies)))).map(withoutDate)
  const toUnknown = await answersTo(`doorward=${newSessionCookie().cookie}`)
  const toNone = await answersTo()
  const removal =
    'Set-Cookie: doorward=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax'
  for (const answer of toUnknown)
    t.match(answer, new RegExp(`^HTTP/1.1 401 .*${removal}.*"login_required"`, 'is'))
  for (const answer of toNone) t.match(answer, /^HTTP\/1.1 401 (?!.*set-cookie).*"login_required"/is)
  const before = world.upstream.requests.length

  const isExcluded = (text: string) => isUnsendable(text) || [cookie, second].includes(unpadded(text))
  const make = (): Probe => {
    const path = chance.below(paths.length)
    const at = (made: Mutant, expected: readonly string[], ...cookies: string[]): Probe => ({
      ...made,
      request: get(host, paths[path] ?? '/', ...cookies),
      expected: expected[path] ?? '',
    })
    const way = chance.below(10)
    if (way === 0) {
      const name = misname('doorward', chance)
      return at(name, toNone, `${name.text}=${cookie}`)
    }
    const made = mutant(cookie, { other: chance.pick(others), long: LONG }, isExcluded)
    const header = `doorward=${made.text}`
    if (way > 2) return at(made, toUnknown, chance.pick([header, `a=b; ${header}`, `${header};x=y`]))
    // Beside the genuine cookie nobody can tell which of them Doorward has set.
    const pair = chance.pick([[header], [`doorward=${cookie}`], ['doorward'], [`doorward= ${second}`]])
    const both = way === 1 ? [`doorward=${cookie}`, ...pair] : [...pair, `doorward=${cookie}`]
    const doubled = { how: `twice, ${made.how}`, text: both.join('; ') }
    return chance.below(2) === 0 ? at(doubled, toUnknown, ...both) : at(doubled, toUnknown, both.join('; '))
  }
  const probes = Array.from({ length: SESSIONS }, make)
  const answered = await probe(t, world, probes, get(host, '/genuine', `doorward=${cookie}`))
  for (const { probe, answer } of answered) judge(probe, answer === probe.expected, answer)
  end()
  t.same(
    world.upstream.requests.slice(before).filter(({ url }) => url !== '/genuine'),
    [],
  )
  t.same(
    world.proxy.log.filter(({ level }) => level === 'error' || level === 'fatal'),
    [],
  )
})

interface Login {
  readonly name: string
  readonly value: string
  readonly state: string
}

/** Begins a login and leaves it in flight. */
async function beginLogin(world: World, tenant: TenantName): Promise<Login> {
  const client = await world.client()
  const { headers } = await client.get(world.url(tenant, '/reports'))
  const state = new URL(String(headers.location)).searchParams.get('state') ?? ''
  const [[name, value] = ['', '']] = Object.entries(client.cookies(`${tenant}.localhost`))
  return { name, value, state }
}

test('whatever is done to a transaction cookie, no callback matches it', async (t) => {
  const world = await startWorld(t)
  const { chance, mutant, judge, end } = campaign.begin(t)
  const cookie = await cookieAt(world, 'acme')
  const login = await beginLogin(world, 'acme')
  const { name, value, state } = login
  const foreign = [await beginLogin(world, 'globex'), await beginLogin(world, 'west')]
  const others = [await beginLogin(world, 'acme'), ...foreign]
  const host = `acme.localhost:${world.port}`
  const callback = (state: string, ...cookies: string[]) =>
    get(host, `/oauth2/callback?code=c0de&state=${encodeURIComponent(state)}`, ...cookies)
  const pipeline = await openPipeline(t, world.port)
  const [expected = ''] = (await pipeline.send([callback(state)])).map(withoutDate)
  t.match(expected, /^HTTP\/1.1 400 (?!.*set-cookie).*"invalid_callback"/is)
  const exchanges = world.orgs.acme.calls.token

  const isExcluded = (text: string) => isUnsendable(text) || unpadded(text) === value
  const make = (): Probe => {
    const at = (made: Mutant, request: Buffer): Probe => ({ ...made, request, expected })
    const other = chance.pick(others)
    const way = chance.below(10)
    if (way === 0) {
      const made = misname(name, chance)
      return at(made, callback(state, `${made.text}=${value}`))
    }
    if (way === 1) {
      const made = mutant(state, { other: other.state, long: LONG }, (text) => /[\ud800-\udfff]/.test(text))
      return at(made, callback(made.text, `${name}=${value}`))
    }
    if (way === 2) {
      const theirs = chance.pick(foreign)
      const [its, whose] = chance.pick([
        [theirs.name, theirs.value],
        [name, theirs.value],
        [theirs.name, value],
      ])
      const text = `${its}=${whose}`
      return at({ how: "another's login", text }, callback(theirs.state, text))
    }
    const made = mutant(value, { other: chance.pick([other.value, cookie]), long: LONG }, isExcluded)
    const beside = way === 3 ? [`${name}=${value}`] : way === 4 ? [`${other.name}=${other.value}`] : []
    return at(made, callback(state, ...beside, `${name}=${made.text}`))
  }
  const probes = Array.from({ length: TRANSACTIONS }, make)
  const answered = await probe(t, world, probes, get(host, '/genuine', `doorward=${cookie}`))
  for (const { probe, answer } of answered) judge(probe, answer === probe.expected, answer)
  end()
  t.equal(world.orgs.acme.calls.token, exchanges, 'no code was redeemed')
  t.equal(world.proxy.events('login.failed').length, TRANSACTIONS + 1)
  t.same(
    world.proxy.log.filter(({ level }) => level === 'error' || level === 'fatal'),
    [],
  )
  // The login itself was left alone: with its own cookie the code would be redeemed.
  await pipeline.send([callback(state, `${name}=${value}`)])
  t.equal(world.orgs.acme.calls.token, exchanges + 1)
})

test('a cookie of 64 KiB is refused with the same answer each time, and the next one is served', async (t) => {
  const world = await startWorld(t)
  const cookie = await cookieAt(world, 'acme')
  const host = `acme.localhost:${world.port}`
  const answers = new Set<string>()
  for (const text of [
    cookie.padEnd(TOO_LONG, 'A'),
    `${cookie}; a=`.padEnd(TOO_LONG, 'A'),
    '.'.repeat(TOO_LONG),
  ]) {
    answers.add(await rawRequest(world.port, get(host, '/', `doorward=${text}`)))
  }
  t.equal(answers.size, 1)
  t.match([...answers][0], /^HTTP\/1.1 431 .*"headers_too_large"/s)
  const [answer = ''] = await (await openPipeline(t, world.port)).send([get(host, '/', `doorward=${cookie}`)])
  t.match(answer, /^HTTP\/1.1 200 /)
})

test('these were twenty thousand, of every kind', async (t) => {
  t.equal(campaign.count, 20_000)
  t.same(campaign.unused(), [])
})
