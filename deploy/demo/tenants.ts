import type { OktaClient } from '../../test/fixtures/okta.js'

/** A customer. */
export type OrgName = 'acme' | 'globex'

/** One instance of the app, at a hostname of its own. */
export interface DemoTenant {
  readonly id: string
  readonly origin: string
  /** Whose people sign in there. */
  readonly org: OrgName
  readonly clientId: string
  readonly clientSecret: string
}

/** Three tenants: Acme runs two instances of the app, Globex one. */
export function tenantsAt(port: number): readonly [DemoTenant, DemoTenant, DemoTenant] {
  const tenant = (id: string, org: OrgName): DemoTenant => ({
    id,
    // An origin does not name its scheme's own port, should somebody choose 80.
    origin: new URL(`http://${id}.localhost:${port}`).origin,
    org,
    clientId: `0oa-${id}`,
    clientSecret: `the-secret-of-${id}`,
  })
  return [tenant('acme', 'acme'), tenant('acme-staging', 'acme'), tenant('globex', 'globex')]
}

/** The tenant as its org knows it: what an admin would paste into Okta. */
export function clientOf({ clientId, clientSecret, origin }: DemoTenant): OktaClient {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uris: [`${origin}/oauth2/callback`],
    post_logout_redirect_uris: [`${origin}/oauth2/logout/callback`],
  }
}
