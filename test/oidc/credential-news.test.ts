import { test } from 'tap'
import type { Credentials } from '../../src/oidc/client-credentials.js'
import { createCredentialNews } from '../../src/oidc/credential-news.js'
import { NO_REPORT } from '../../src/oidc/provider-report.js'
import { startClient } from './client-authentication-fixture.js'

const FIRST_REFUSED =
  'warning: the provider takes client_secret[1] and refuses client_secret[0]: remove the one that it refuses, unless it is to be valid later'
const SECOND_REFUSED =
  'warning: the provider takes client_secret[0] and refuses client_secret[1]: remove the one that it refuses, unless it is to be valid later'

for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
  test(`which of two secrets works is told when that changes, by its place alone: ${method}`, async (t) => {
    const { state, refresh, revoke, told, pass } = await startClient(t, ['S-NEW', 'S-OLD'], method)
    state.accepted = 'S-OLD'
    await Promise.all(Array.from({ length: 10 }, refresh))
    t.same(told(), [FIRST_REFUSED])
    for (let call = 0; call < 5; call += 1) {
      await refresh()
      await revoke()
      pass(60_000)
    }
    t.same(told(), [])
    state.accepted = 'S-NEW'
    await refresh()
    await refresh()
    t.same(told(), [SECOND_REFUSED])
    state.accepted = 'neither'
    await t.rejects(refresh())
    state.accepted = 'S-NEW'
    await refresh()
    t.same(told(), [], 'a refusal of both is an error where it happens')
  })
}

test('the first of two secrets that works at once is told too: the other one can go', async (t) => {
  const { refresh, told } = await startClient(t, ['NEW', 'OLD'])
  await refresh()
  await refresh()
  t.same(told(), ['the provider takes client_secret[0]'])
})

test('the form of a single secret is nothing to be told of', async (t) => {
  const { state, refresh, told, seen } = await startClient(t, ['p%+ü&'])
  state.accepted = 'p%25%2B%C3%BC%26'
  await refresh()
  t.equal(seen().length, 2)
  t.same(told(), [])
})

test('a secret that was refused in one of its forms only is not called refused', async (t) => {
  const { state, refresh, told, seen } = await startClient(t, ['n+w', 'o+d'])
  state.accepted = 'n%2Bw'
  await refresh()
  t.same(seen(), ['n+w', 'o+d', 'n%2Bw'])
  t.same(told(), ['the provider takes client_secret[0]'])
  state.accepted = 'o%2Bd'
  await refresh()
  t.same(told(), [FIRST_REFUSED], 'now it is')
})

test('a key that the provider has yet to read is told once, and once more when it has', async (t) => {
  const told: string[] = []
  const tell = createCredentialNews({
    ...NO_REPORT,
    credentialsTaken: (reason) => void told.push(reason),
    credentialsRefused: (reason) => void told.push(reason),
  })
  const key = (kid: string): Credentials => ({
    name: `key ${kid}`,
    place: `the key ${kid}`,
    remedy: 'REMEDY',
    isPreferredOnceAccepted: false,
    isMalformedIfDecoded: false,
    prove: () => undefined,
  })
  const [before, after] = [key('before'), key('after')]
  tell({ taken: before, refused: [], all: [before] })
  t.same(told.splice(0), [], 'there is no other')
  const all = [after, before]
  for (let minute = 0; minute < 5; minute += 1) {
    tell({ taken: before, refused: [after], all })
    tell({ taken: before, refused: [], all })
  }
  t.same(told.splice(0), ['the provider takes the key before and refuses the key after: REMEDY'])
  tell({ taken: after, refused: [], all })
  tell({ taken: after, refused: [], all: [after] })
  t.same(told.splice(0), ['the provider takes the key after'])
})
