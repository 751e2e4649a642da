import { test } from 'tap'
import { reservePort } from '../fixtures/reserve-port.js'
import { json } from '../oidc/tiny-provider.js'
import { DISCOVERY, startCheck } from './start-check.js'

const issuer = (level: string, sentence: RegExp) => [{ level, topic: 'issuer', sentence }]

test('a slash behind the hostname is no mistake, and still said', async (t) => {
  const { provider, check } = await startCheck(t)
  const found = await check({ issuer: `${provider.issuer}/` })
  t.match(found, issuer('note', new RegExp(`the provider writes ${provider.issuer}; .*write it so$`)))
})

test('a slash at the end of a path is another issuer, and the right one is named', async (t) => {
  const { provider, describe, check } = await startCheck(t)
  const right = `${provider.issuer}/oauth2/default`
  describe({ issuer: right })
  provider.answers.set(`/oauth2/default${DISCOVERY}`, provider.answers.get(DISCOVERY) ?? json(500, {}))
  t.match(
    await check({ issuer: `${right}/` }),
    issuer('error', new RegExp(`the issuer "${right}": .* make it`)),
  )
  t.same(await check({ issuer: right }), [])
})

test('a custom domain is named, and is fine as an alias', async (t) => {
  const { describe, check } = await startCheck(t)
  const custom = 'https://login.acme.example'
  describe({ issuer: custom, jwks_uri: undefined })
  t.match(
    await check(),
    issuer('error', /found the issuer "https:\/\/login\.acme\.example": .*issuer_aliases$/),
  )
  const withAlias = await check({ issuer_aliases: [custom] })
  t.notOk(withAlias.some(({ topic }) => topic === 'issuer'))
})

test('where there is no issuer, the one beside it is named', async (t) => {
  const { provider, describe, check } = await startCheck(t)
  const found = await check({ issuer: `${provider.issuer}/oauth2/default` })
  t.match(
    found,
    issuer('error', new RegExp(`HTTP 404.*there is an issuer ${provider.issuer}; if that is meant`)),
  )
  provider.answers.set(
    `/oauth2/default${DISCOVERY}`,
    json(200, { issuer: `${provider.issuer}/oauth2/default` }),
  )
  provider.answers.delete(DISCOVERY)
  t.match(await check(), issuer('error', /there is an issuer http.*\/oauth2\/default; if that is meant/))
  provider.answers.clear()
  t.match(await check(), issuer('error', /no issuer at this address; copy it/))
  describe()
  t.same(
    (await check()).filter(({ topic }) => topic === 'issuer'),
    [],
  )
})

test('an issuer that cannot be asked is said with the reason', async (t) => {
  const { provider, check } = await startCheck(t)
  const gone = `http://127.0.0.1:${await reservePort()}`
  t.match(await check({ issuer: gone }), issuer('error', /ECONNREFUSED.*may this machine reach it/))
  t.match(await check({ issuer: 'https://acme.invalid' }), issuer('error', /acme\.invalid failed: .*DNS/))
  provider.answers.set(DISCOVERY, json(503, {}))
  t.match(await check(), issuer('error', /HTTP 503.*not well; check again/))
  provider.answers.set(DISCOVERY, (response) => response.writeHead(200).end('<html>'))
  t.match(await check(), issuer('error', /discovery of .* failed/))
  provider.answers.set(DISCOVERY, () => undefined)
  t.match(await check(), issuer('error', /timed out|timeout|may this machine reach it/i))
})

for (const [seconds, headers, sentence] of [
  [61, {}, /clock is 61 s ahead of the provider's.*synchronize it/],
  [-61, {}, /clock is 61 s behind the provider's/],
  [60, {}, undefined],
  [-60, {}, undefined],
  [3600, { age: '3600' }, undefined],
] as const) {
  const title = `a clock ${seconds} s off, answered with ${JSON.stringify(headers)}`
  test(`${title}, is ${sentence ? 'said' : 'tolerated'}`, async (t) => {
    const { provider, check } = await startCheck(t)
    const fine = provider.answers.get(DISCOVERY)
    // In the middle of the second that it says.
    const theirs = Date.UTC(2026, 0, 1)
    const now = theirs + 500 + seconds * 1000
    provider.answers.set(DISCOVERY, (response, request) => {
      response.setHeader('date', new Date(theirs).toUTCString())
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      fine?.(response, request)
    })
    const found = await check({}, () => now)
    if (sentence === undefined) t.same(found, [])
    else t.match(found, [{ level: 'error', topic: 'clock', sentence }])
  })
}
