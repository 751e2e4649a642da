import type { TenantConfig } from '../config/schema.js'

/** One customer: a set of hostnames, an issuer, and the client credentials there. */
export interface Tenant {
  readonly id: string
  readonly config: TenantConfig
}

/** A tenant as one request reached it. */
export interface Site {
  readonly tenant: Tenant
  /** The configured origin of the request's hostname, e.g. `https://acme.example.com`; never from the request. */
  readonly origin: string
}
