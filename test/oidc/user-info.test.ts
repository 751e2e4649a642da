import { test } from 'tap'
import { fetchUserInfo } from '../../src/oidc/user-info.js'
import { json, startTinyProvider } from './tiny-provider.js'

const tokens = { access_token: 'AT', refresh_token: undefined, id_token: 'IT', expires_at: undefined }
const request = { tokens, sub: 'alice', known: { sub: 'alice', email: 'a', address: { country: 'CH' } } }

test('UserInfo is asked when a needed claim is missing, always, or never', async (t) => {
  const provider = await startTinyProvider(t)
  provider.answers.set('/userinfo', json(200, { sub: 'alice', groups: ['a'] }))
  const table: [userinfo: 'auto' | 'always' | 'never', neededClaims: string[], asked: boolean][] = [
    ['auto', [], false],
    ['auto', ['email', 'address.country'], false],
    ['auto', ['email', 'groups'], true],
    ['auto', ['address.city'], true],
    ['always', ['email'], true],
    ['never', ['groups'], false],
  ]
  for (const [userinfo, neededClaims, asked] of table) {
    const answer = await fetchUserInfo(provider.context({ tenant: { userinfo }, neededClaims }), request)
    t.equal(answer?.sub, asked ? 'alice' : undefined, `${userinfo} ${neededClaims}`)
  }
  t.ok(provider.requests.every(({ authorization }) => authorization === 'Bearer AT'))
})

test('auto does without where the provider offers none, always does not', async (t) => {
  const provider = await startTinyProvider(t)
  const metadata = { userinfo_endpoint: undefined } as object
  const neededClaims = ['groups']
  t.equal(await fetchUserInfo(provider.context({ neededClaims, metadata }), request), undefined)
  await t.rejects(fetchUserInfo(provider.context({ tenant: { userinfo: 'always' }, metadata }), request))
})

test('the answer about somebody else is refused', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context({ tenant: { userinfo: 'always' } })
  for (const body of [{ sub: 'mallory' }, { sub: 'Alice' }, {}, []]) {
    provider.answers.set('/userinfo', json(200, body))
    await t.rejects(fetchUserInfo(context, request), JSON.stringify(body))
  }
})
