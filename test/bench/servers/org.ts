import { type Okta, startOkta } from '../../fixtures/okta.js'
import { ALICE } from '../../fixtures/world.js'
import type { Ending } from '../ending.js'

/** The provider of every tenant of the bench; Alice is signed in there. */
export async function startOrg(ending: Ending): Promise<Okta> {
  const org = await startOkta({ name: 'acme', users: [ALICE], clients: [] })
  ending.teardown(() => org.stop())
  org.signInAs(ALICE.login)
  return org
}
