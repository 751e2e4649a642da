import type { Config, TenantConfig } from './config/schema.js'

/** A field of the provider's form, and what belongs into it. */
interface Field {
  readonly label: string
  readonly values: readonly string[]
}

/** What an administrator pastes into the provider's form of a tenant, under the names that Okta's form has. */
export function renderRegistration(tenant: TenantConfig, pathPrefix: string): string {
  return fieldsOf(tenant, pathPrefix)
    .map(({ label, values }) => [label, ...values.map((value) => `  ${value}`)].join('\n'))
    .join('\n\n')
}

function fieldsOf({ origins, client_key }: TenantConfig, pathPrefix: string): Field[] {
  const at = (path: string) => origins.map((origin) => `${origin}${pathPrefix}/${path}`)
  // Those fields take one value: the canonical origin's.
  const first = (path: string) => at(path).slice(0, 1)
  const use = client_key === undefined ? ' (not needed: this tenant has a client secret)' : ''
  return [
    { label: 'Sign-in redirect URIs', values: at('callback') },
    { label: 'Sign-out redirect URIs', values: at('logout/callback') },
    { label: 'Initiate login URI', values: first('initiate') },
    { label: 'Front-channel logout URI', values: first('logout/frontchannel') },
    { label: 'Universal Logout endpoint', values: first('global-token-revocation') },
    { label: `Client JWKS URI${use}`, values: first('jwks') },
  ]
}

const MOST_SHOWN = 10

/** What to say to somebody who asks for a tenant that there is not, or for none. */
export function unknownTenant(id: string | undefined, { tenants }: Pick<Config, 'tenants'>): string {
  const ids = tenants.map((tenant) => tenant.id).sort()
  const more = ids.length > MOST_SHOWN ? ` and ${ids.length - MOST_SHOWN} more` : ''
  const begin = id === undefined ? 'name the tenant: urls TENANT' : `there is no tenant "${id}"`
  return `${begin}; there are ${ids.slice(0, MOST_SHOWN).join(', ')}${more}`
}
