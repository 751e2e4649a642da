import type { Orgs } from './orgs.js'
import type { Ports } from './ports.js'
import type { DemoTenant } from './tenants.js'

interface Setting {
  readonly ports: Ports
  readonly upstream: string
  readonly orgs: Orgs
  readonly tenants: readonly DemoTenant[]
}

/** The demo's doorward.yaml; curious people read it, so it is text and not a dump of objects. */
export function configuration({ ports, upstream, orgs, tenants }: Setting): string {
  return `# Doorward's configuration in the demo. It is gone when the demo stops.
# All that can be said is in config/doorward.yaml and config/reference.md.

server:
  listen: 127.0.0.1:${ports.public}
  # No load balancer has to notice first, and nobody should wait for a demo to stop.
  shutdown: { drain_delay: 0s, timeout: 2s }
admin:
  listen: 127.0.0.1:${ports.admin}

# Sessions live in this process and end with it. In production: redis://…
session:
  store: "memory:"

# The app. It knows nothing of OpenID Connect; it gets the identity headers.
upstream: ${upstream}

# What the app is told. These are the defaults, and the full name besides.
headers:
  X-Forwarded-User: sub
  X-Forwarded-Email: email
  X-Forwarded-Preferred-Username: preferred_username
  X-Forwarded-Name: name
  X-Forwarded-Groups: groups
  X-Forwarded-Tenant: $tenant

# The hostname decides where people sign in. Real secrets come from { env: NAME } or { file: PATH };
# in Okta the groups of a person are a scope of their own.
tenants:
${tenants.map((tenant) => tenantEntry(tenant, orgs)).join('\n')}`
}

const REMARKS: Readonly<Record<string, string>> = {
  acme: 'The customer Acme, with an Okta org of its own.',
  'acme-staging':
    'A second instance for the same customer: the same org, another app in it, so another client_id.',
  globex: 'Another customer, another org.',
}

function tenantEntry({ id, origin, org, clientId, clientSecret }: DemoTenant, orgs: Orgs): string {
  return `  # ${REMARKS[id]}
  - id: ${id}
    origins: [${origin}]
    issuer: ${orgs[org].issuer}
    client_id: ${clientId}
    client_secret: ${clientSecret}
    scopes: [openid, profile, email, groups]
`
}
