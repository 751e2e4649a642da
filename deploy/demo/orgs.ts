import { type Okta, type OktaUser, startOkta } from '../../test/fixtures/okta.js'
import { clientOf, type DemoTenant, type OrgName } from './tenants.js'

/** The two customers' orgs: each has people of its own and knows nothing of the other. */
export type Orgs = Readonly<Record<OrgName, Okta>>

const PEOPLE: Readonly<Record<OrgName, OktaUser[]>> = {
  acme: [
    person('acme', 'alice', 'Alice Adams', ['admins', 'staff']),
    person('acme', 'bob', 'Bob Brown', ['staff']),
  ],
  globex: [
    person('globex', 'carol', 'Carol Castro', ['engineering', 'on-call']),
    person('globex', 'dan', 'Dan Dvořák', ['sales']),
  ],
}

function person(org: OrgName, login: string, name: string, groups: string[]): OktaUser {
  return { sub: `00u-${org}-${login}`, login, name, email: `${login}@${org}.example`, groups }
}

/** Starts both orgs, each with the tenants that sign in there as its apps; on free ports unless some are named. */
export async function startOrgs(
  tenants: readonly DemoTenant[],
  ports: Readonly<Record<OrgName, number>> = { acme: 0, globex: 0 },
): Promise<Orgs> {
  const start = (name: OrgName, title: string) =>
    startOkta({
      name: title,
      users: PEOPLE[name],
      clients: tenants.filter(({ org }) => org === name).map(clientOf),
      port: ports[name],
    })
  return { acme: await start('acme', 'Acme'), globex: await start('globex', 'Globex') }
}
