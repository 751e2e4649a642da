import { test } from 'tap'
import { keepProof } from '../../src/oidc/keep-proof.js'

const identity = (claims: object, sub = 'alice') => ({ sub, claims: { sub, ...claims } })
const held = identity({ acr: '2fa', amr: ['mfa'], auth_time: 100, sid: 'old', groups: ['old'] })

// What a silent renewal brings, and what of the sign-in is known afterwards.
const table: [name: string, renewed: object, proof: object][] = [
  ['the same sign-in', { auth_time: 100 }, { acr: '2fa', amr: ['mfa'], auth_time: 100 }],
  [
    'the same, and the acr that was asked for now',
    { auth_time: 100, acr: '1fa' },
    { acr: '2fa', auth_time: 100 },
  ],
  ['a later one', { auth_time: 101 }, { acr: undefined, amr: undefined, auth_time: 101 }],
  ['a later one with its acr', { auth_time: 101, acr: '1fa' }, { acr: '1fa', auth_time: 101 }],
  ['an earlier one', { auth_time: 99 }, { acr: undefined, auth_time: 99 }],
  ['one without a date', {}, { acr: undefined, amr: undefined, auth_time: 100 }],
]

test('what was proved stays proved while it is the same sign-in', async (t) => {
  for (const [name, renewed, proof] of table) {
    const { claims } = keepProof(identity({ ...renewed, sid: 'new', groups: ['new'] }), held)
    const { acr, amr, auth_time } = claims
    t.match({ acr, amr, auth_time }, proof, name)
    t.match(claims, { sid: 'new', groups: ['new'] }, 'nothing else is kept')
  }
})

test('nothing is kept of somebody else, of nobody, or where nobody knows when it was', async (t) => {
  const renewed = identity({ auth_time: 100 })
  for (const other of [undefined, identity(held.claims, 'bob'), identity({ acr: '2fa' })]) {
    t.same(keepProof(renewed, other), renewed)
  }
})
