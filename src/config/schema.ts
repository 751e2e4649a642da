import * as z from 'zod'
import { type AssertionSigningAlg, assertionSigningAlg } from './assertion-schema.js'
import { duration } from './duration.js'
import { emptiable, flag, parsed, Refusal, wholeNumber } from './fields.js'
import { DEFAULT_HEADERS, headers } from './header-schema.js'
import { limits } from './limits-schema.js'
import { type Listen, listen } from './listen.js'
import { network } from './network.js'
import type { Rule } from './resolve-rules.js'
import type { Upstream } from './resolve-upstream.js'
import { rules } from './rule-schema.js'
import type { Secret } from './secret.js'
import { secret } from './secret-schema.js'
import { type StoreLocation, sessionStore } from './session-store.js'
import { tenantSchema } from './tenant-schema.js'
import { upstream } from './upstream-schema.js'
import { workers } from './workers.js'

const pathPrefix = parsed((text) => {
  const isPath = /^(\/[\w.~-]+)+$/.test(text) && !/\/\.{1,2}(\/|$)/.test(text)
  return isPath
    ? text
    : new Refusal('must be /segment[/segment…] of A-Z a-z 0-9 . _ ~ -, without a slash at the end')
}).meta({ title: 'path' })

const shutdown = z.strictObject({
  drain_delay: duration({ zero: true, mostDays: 1 }).prefault('5s').meta({
    description: 'Time for load balancers to notice, between the signal and refusing new connections.',
  }),
  timeout: duration({ mostDays: 1 })
    .prefault('30s')
    .meta({ description: 'Time for running requests to end.' }),
})

const server = z.strictObject({
  listen: listen.prefault('0.0.0.0:8080').meta({ description: 'Address of the public listener.' }),
  trusted_proxies: emptiable(z.array(network), []).meta({
    title: 'list of CIDR',
    description:
      'Proxies whose `X-Forwarded-For` and `-Host` are believed, and whose `X-Real-IP` and other `X-Forwarded-*` pass; nobody by default.',
  }),
  forward_auth: flag.prefault(false).meta({
    description:
      '**Dangerous** unless only proxies can ask `auth`: it then tells `trusted_proxies` also the headers that hold tokens, and the cookies that the app may see.',
  }),
  path_prefix: pathPrefix.prefault('/oauth2').meta({
    description: "Everything below it is Doorward's and never reaches the upstream.",
  }),
  workers: workers.prefault(1).meta({
    description:
      'How many processes serve; `auto`: as many as there are cores. More than one needs a store that they share.',
  }),
  limits: emptiable(limits, {}),
  shutdown: emptiable(shutdown, {}),
})

const admin = z.strictObject({
  listen: listen.prefault('127.0.0.1:9090').meta({
    description: 'Address of the admin listener: `/livez`, `/readyz`, `/metrics`, the session API.',
  }),
  token: secret
    .optional()
    .meta({ description: 'Bearer token of the session API, which is there only with one.' }),
})

const session = z.strictObject({
  store: sessionStore.prefault('memory:').meta({
    description:
      'Where sessions live: `memory:`, `redis://…`, `rediss://…`, `redis+sentinel://…` or `redis+cluster://…`.',
  }),
  keys: emptiable(z.array(secret), []).meta({
    title: 'list of secrets',
    description:
      'Session keys, 32 bytes in base64 each (`doorward keygen`): the first seals, all open. Optional with `memory:`.',
  }),
  cache: wholeNumber(1_000_000).prefault(10_000).meta({
    description:
      'How many opened sessions each process keeps, so that it need not ask the store; 0 keeps none.',
  }),
  idle_timeout: duration()
    .prefault('1h')
    .meta({ description: 'How long a session lives without a request.' }),
  max_lifetime: duration().prefault('12h').meta({ description: 'How long a session lives at most.' }),
  stale_limit: duration({ zero: true }).prefault('15m').meta({
    description: 'How long past token expiry a session is served while the issuer cannot be reached.',
  }),
})

/** The whole configuration as it is written. */
export const configSchema = z.strictObject({
  server: emptiable(server, {}),
  admin: emptiable(admin, {}),
  session: emptiable(session, {}),
  upstream: upstream
    .optional()
    .meta({ description: 'The app behind Doorward; required here or in every tenant.' }),
  headers: headers
    .prefault(DEFAULT_HEADERS)
    .meta({ description: 'Identity headers to the upstream; what is said replaces the default set.' }),
  assertion_signing_alg: assertionSigningAlg.prefault('EdDSA').meta({
    description: 'What `$assertion` is signed with: `EdDSA` (Ed25519) or `RS256`.',
  }),
  rules: emptiable(rules, []).meta({
    description: 'Access rules; the first match decides, with no match login is required.',
  }),
  keep_forms: flag.prefault(true).meta({
    description:
      'Keep a form that meets an ended session, sealed in the store, and send it again after the sign-in.',
  }),
  tenants: emptiable(z.array(tenantSchema), []),
  tenants_dir: z.string().min(1).optional().meta({
    title: 'path',
    description: 'Directory with one YAML file for each tenant; its id is the name of the file.',
  }),
})

/** The settings as written and checked key by key. */
export type WrittenConfig = z.output<typeof configSchema>

interface SessionLimits {
  idle_timeout: number
  max_lifetime: number
  stale_limit: number
}

/** Bounds for clients: bytes, milliseconds, requests; `undefined` where there is none. */
export interface Limits {
  header_size: number
  header_timeout: number
  body_size?: number | undefined
  body_timeout: number
  connections_per_tenant?: number | undefined
}

/** One tenant with the global values merged in. */
export interface TenantConfig {
  id: string
  /** Lower case, punycode, no default port, nothing after the port; the first is the canonical one. */
  origins: string[]
  issuer: string
  issuer_aliases: string[]
  client_id: string
  /** The first is tried first; none where the client has a key. */
  client_secret: Secret[]
  /** What `parseClientKey` can read, or Doorward's own affair. */
  client_key: Secret | 'managed' | undefined
  token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
  scopes: string[]
  refresh_tokens: boolean
  authorization_params: Record<string, string>
  response_mode: 'query' | 'form_post'
  userinfo: 'auto' | 'always' | 'never'
  idp_initiated_login: 'redirect' | 'id_token' | 'off'
  logout: { rp_initiated: boolean; revoke: boolean; redirect: string }
  upstream: Upstream
  headers: Record<string, string>
  assertion_signing_alg: AssertionSigningAlg
  rules: readonly Rule[]
  session: SessionLimits
  keep_forms: boolean
  allow_insecure_http: boolean
}

/** The validated configuration: durations in milliseconds, secrets opened, tenants resolved. */
export interface Config {
  server: {
    listen: Listen
    trusted_proxies: string[]
    forward_auth: boolean
    path_prefix: string
    workers: number
    limits: Limits
    shutdown: { drain_delay: number; timeout: number }
  }
  admin: { listen: Listen; token: Secret | undefined }
  session: SessionLimits & { store: StoreLocation; keys: Secret[]; cache: number }
  tenants: TenantConfig[]
}
