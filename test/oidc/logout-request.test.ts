import { test } from 'tap'
import { buildLogoutRequest, revokeTokens } from '../../src/oidc/logout-request.js'
import { json, startTinyProvider } from './tiny-provider.js'

const request = {
  idToken: 'RAW.ID.TOKEN',
  callback: 'https://acme.example.com/oauth2/logout/callback',
  returnTo: '/bye',
}

test('a sign-out goes to the provider with the raw ID token and a state that comes back', async (t) => {
  const provider = await startTinyProvider(t)
  const context = provider.context({ metadata: { end_session_endpoint: `${provider.issuer}/logout` } })
  const start = await buildLogoutRequest(context, request)
  t.equal(`${start?.url.origin}${start?.url.pathname}`, `${provider.issuer}/logout`)
  t.same(Object.fromEntries(start?.url.searchParams ?? []), {
    client_id: '0oa1b2c3d4',
    id_token_hint: 'RAW.ID.TOKEN',
    post_logout_redirect_uri: request.callback,
    state: start?.transaction.state,
  })
  t.match(start?.transaction, {
    kind: 'logout',
    return_to: '/bye',
    started_at: context.now(),
    state: /^[\w-]{43,}$/,
  })
  t.not((await buildLogoutRequest(context, request))?.transaction.state, start?.transaction.state)
})

test('a URL that would be too long is a form, and a query of the endpoint stays where it is', async (t) => {
  const provider = await startTinyProvider(t)
  const end_session_endpoint = `${provider.issuer}/logout?policy=x%2Fy`
  const context = provider.context({ metadata: { end_session_endpoint } })
  t.equal((await buildLogoutRequest(context, request))?.form, undefined)
  const start = await buildLogoutRequest(context, { ...request, idToken: 'x'.repeat(2000) })
  t.equal(start?.form?.action, end_session_endpoint)
  t.same(Object.fromEntries(start?.form?.parameters ?? []), {
    client_id: '0oa1b2c3d4',
    id_token_hint: 'x'.repeat(2000),
    post_logout_redirect_uri: request.callback,
    state: start?.transaction.state,
  })
})

test('a sign-out here is not held up by a provider that offers none or is gone', async (t) => {
  const context = (await startTinyProvider(t)).context()
  t.equal(await buildLogoutRequest(context, request), undefined)
  const connection = () => Promise.reject(new Error('down'))
  t.equal(await buildLogoutRequest({ ...context, provider: { connection } }, request), undefined)
})

test('the refresh token is revoked, or the access token where there is none', async (t) => {
  const provider = await startTinyProvider(t)
  provider.answers.set('/revoke', json(200, {}))
  const tokens = { access_token: 'AT', refresh_token: 'RT', id_token: 'IT', expires_at: undefined }
  await revokeTokens(provider.context(), tokens)
  t.same(provider.requests, [], 'nothing where the provider revokes nothing')
  const context = provider.context({ metadata: { revocation_endpoint: `${provider.issuer}/revoke` } })
  await revokeTokens(context, tokens)
  await revokeTokens(context, { ...tokens, refresh_token: undefined })
  t.same(
    provider.requests.map(({ body }) => new URLSearchParams(body).get('token')),
    ['RT', 'AT'],
  )
  provider.answers.set('/revoke', json(503, {}))
  await t.rejects(revokeTokens(context, tokens))
})
