import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { test } from 'tap'
import { parseClientKey } from '../../src/config/client-key.js'
import { Refusal } from '../../src/config/fields.js'
import { loadConfig } from '../../src/config/load.js'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const pem = (key: typeof rsa, type: 'pkcs8' | 'pkcs1' | 'sec1') =>
  key.export({ type, format: 'pem' }).toString()
const jwk = (key: typeof rsa, more = {}) => JSON.stringify({ ...key.export({ format: 'jwk' }), ...more })

test('a private key signs with the algorithm of its kind, in whatever file it comes', async (t) => {
  const table: [what: string, text: string, alg: string, kid?: string][] = [
    ['RSA, PKCS#8', pem(rsa, 'pkcs8'), 'RS256'],
    ['RSA, PKCS#1', pem(rsa, 'pkcs1'), 'RS256'],
    ['RSA, JWK', jwk(rsa, { kid: 'mine', alg: 'RS256', use: 'sig' }), 'RS256', 'mine'],
    ['RSA, JWK without a name', jwk(rsa, { kid: '' }), 'RS256'],
    ['EC, PKCS#8', pem(ec, 'pkcs8'), 'ES256'],
    ['EC, SEC1', pem(ec, 'sec1'), 'ES256'],
    ['EC, JWK', `\n  ${jwk(ec, { kid: 'mine' })}\n`, 'ES256', 'mine'],
    ['EC with its parameters', `# my key\n${pem(ec, 'pkcs8')}`, 'ES256'],
  ]
  for (const [what, text, alg, kid] of table) t.match(parseClientKey(text), { alg, kid }, what)
})

test('what cannot sign is refused, and not repeated', async (t) => {
  const d = JSON.parse(jwk(ec)).d
  for (const text of [
    '{',
    '{}',
    '{"kty":"oct","k":"s3cret"}',
    jwk(ec, { crv: 'P-521' }),
    jwk(ec, { d: 's3cret' }),
    jwk(ec, { d: 5 }),
    jwk(rsa, { n: 'AQAB' }),
    pem(rsa, 'pkcs8').slice(0, 400),
    pem(rsa, 'pkcs8').replace('BEGIN PRIVATE', 'BEGIN PUBLIC'),
    `${'A'.repeat(43)}=`,
  ]) {
    const refusal = parseClientKey(text)
    t.ok(refusal instanceof Refusal, text.slice(0, 40))
    t.notMatch(JSON.stringify(refusal), /s3cret/)
    t.notOk(JSON.stringify(refusal).includes(d))
  }
})

test('the credentials of a client say how it authenticates', async (t) => {
  const directory = t.testdir({ 'key.pem': pem(ec, 'pkcs8') })
  const load = (tenant: string) => {
    const text = `upstream: http://127.0.0.1:3000\ntenants: [{ origins: [https://a.example], issuer: https://idp.example, client_id: x, ${tenant} }]\n`
    writeFileSync(`${directory}/doorward.yaml`, text)
    const [config] = loadConfig(`${directory}/doorward.yaml`, {}).tenants
    const secrets = config?.client_secret.map((secret) => secret.reveal())
    return [config?.token_endpoint_auth_method, secrets, typeof config?.client_key]
  }
  t.same(load('client_secret: a'), ['client_secret_basic', ['a'], 'undefined'])
  t.same(load('client_secret: [a, b]'), ['client_secret_basic', ['a', 'b'], 'undefined'])
  t.same(load('client_secret: [a], token_endpoint_auth_method: client_secret_post'), [
    'client_secret_post',
    ['a'],
    'undefined',
  ])
  t.same(load('client_key: managed'), ['private_key_jwt', [], 'string'])
  t.same(load('client_key: { file: key.pem }, token_endpoint_auth_method: private_key_jwt'), [
    'private_key_jwt',
    [],
    'object',
  ])
})
