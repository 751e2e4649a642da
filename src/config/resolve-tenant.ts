import { isLoopback } from './hostname.js'
import { type Place, type Problem, problem, within } from './problems.js'
import { type Credentials, resolveCredentials } from './resolve-credentials.js'
import { type Rule, resolveRules } from './resolve-rules.js'
import { type ResolvedUpstream, resolveUpstream, type Upstream } from './resolve-upstream.js'
import type { TenantConfig, WrittenConfig } from './schema.js'
import type { TenantDraft } from './tenant-draft.js'
import type { WrittenTenant } from './tenant-schema.js'

/** The settings that tenants inherit, as far as they are right. */
export interface Inherited {
  readonly parts: Partial<WrittenConfig>
  readonly upstream: Upstream | undefined
  readonly rules: readonly Rule[] | undefined
  readonly saysUpstream: boolean
}

/** Either the tenant or what is wrong with it; what was found while drafting is included. */
export interface Resolved {
  readonly tenant?: TenantConfig
  readonly problems: readonly Problem[]
}

/** Merges the global values in, opens the credentials, and judges what no key can tell alone. */
export function resolveTenant(draft: TenantDraft, inherited: Inherited, env: NodeJS.ProcessEnv): Resolved {
  const { credentials, problems: credentialProblems } = resolveCredentials(draft, env)
  const own = ownUpstream(draft, env)
  const ownRules = draft.parts.rules && resolveRules(draft.parts.rules, within(draft.place, 'rules'), env)
  const problems = [
    ...draft.problems,
    ...own.problems,
    ...(ownRules?.problems ?? []),
    ...insecureHttp(draft),
    ...scopeConflict(draft),
    ...missingUpstream(draft, inherited),
    ...shortLifetime(draft, inherited),
    ...credentialProblems,
  ]
  const { whole, id } = draft
  const upstream = own.upstream ?? inherited.upstream
  const headers = whole?.headers ?? inherited.parts.headers
  const rules = ownRules?.rules ?? inherited.rules
  const assertion_signing_alg = whole?.assertion_signing_alg ?? inherited.parts.assertion_signing_alg
  const keep_forms = whole?.keep_forms ?? inherited.parts.keep_forms
  const session = limitsOf(draft, inherited)
  const merged = upstream &&
    headers &&
    rules &&
    assertion_signing_alg &&
    session &&
    keep_forms !== undefined && { upstream, headers, rules, assertion_signing_alg, keep_forms, session }
  if (problems.length > 0 || !whole || !id || !credentials || !merged) return { problems }
  return { tenant: toTenant(id, whole, credentials, merged), problems }
}

type Merged = Pick<
  TenantConfig,
  'upstream' | 'headers' | 'rules' | 'assertion_signing_alg' | 'keep_forms' | 'session'
>

// Written out: V8 makes a class of its own of each object that is spread from others, and there may be ten thousand.
function toTenant(id: string, whole: WrittenTenant, credentials: Credentials, merged: Merged): TenantConfig {
  const { scopes, refresh_tokens } = whole
  return {
    id,
    origins: whole.origins,
    issuer: whole.issuer,
    issuer_aliases: whole.issuer_aliases,
    client_id: whole.client_id,
    client_secret: credentials.client_secret,
    client_key: credentials.client_key,
    token_endpoint_auth_method: credentials.token_endpoint_auth_method,
    scopes: [...new Set(refresh_tokens ? [...scopes, 'offline_access'] : scopes)],
    refresh_tokens,
    authorization_params: whole.authorization_params,
    response_mode: whole.response_mode,
    userinfo: whole.userinfo,
    idp_initiated_login: whole.idp_initiated_login,
    logout: whole.logout,
    upstream: merged.upstream,
    headers: merged.headers,
    assertion_signing_alg: merged.assertion_signing_alg,
    rules: merged.rules,
    session: merged.session,
    keep_forms: merged.keep_forms,
    allow_insecure_http: whole.allow_insecure_http,
  }
}

function ownUpstream({ parts, place }: TenantDraft, env: NodeJS.ProcessEnv): ResolvedUpstream {
  if (parts.upstream === undefined) return { problems: [] }
  return resolveUpstream(parts.upstream, within(place, 'upstream'), env)
}

function insecureHttp({ parts, place }: TenantDraft): Problem[] {
  if (parts.allow_insecure_http) return []
  const urls: [string, Place][] = (parts.origins ?? []).map((url, index) => [
    url,
    within(place, 'origins', index),
  ])
  if (parts.issuer !== undefined) urls.push([parts.issuer, within(place, 'issuer')])
  for (const [index, url] of (parts.issuer_aliases ?? []).entries()) {
    urls.push([url, within(place, 'issuer_aliases', index)])
  }
  return urls.flatMap(([url, at]) => {
    if (/^https:/i.test(url) || isLoopback(new URL(url).hostname)) return []
    return [problem(at, 'must be https: except on loopback names; allow_insecure_http: true lifts this')]
  })
}

function scopeConflict({ parts, place }: TenantDraft): Problem[] {
  if (parts.refresh_tokens !== false || !parts.scopes?.includes('offline_access')) return []
  return [problem(within(place, 'scopes'), 'must not hold offline_access while refresh_tokens is false')]
}

function missingUpstream({ tree, place }: TenantDraft, { saysUpstream }: Inherited): Problem[] {
  if (saysUpstream || tree === undefined || tree.upstream !== undefined) return []
  return [problem(within(place, 'upstream'), 'is required, here or as the global upstream')]
}

function limitsOf(
  { parts }: TenantDraft,
  { parts: inherited }: Inherited,
): TenantConfig['session'] | undefined {
  const { session: own } = parts
  const { session } = inherited
  if (session === undefined || own === undefined) return undefined
  return {
    idle_timeout: own.idle_timeout ?? session.idle_timeout,
    max_lifetime: own.max_lifetime ?? session.max_lifetime,
    stale_limit: own.stale_limit ?? session.stale_limit,
  }
}

function shortLifetime(draft: TenantDraft, inherited: Inherited): Problem[] {
  const { idle_timeout, max_lifetime } = draft.parts.session ?? {}
  // What a tenant only inherits is the main file's problem, told there once.
  if (idle_timeout === undefined && max_lifetime === undefined) return []
  const limits = limitsOf(draft, inherited)
  if (!limits || limits.idle_timeout <= limits.max_lifetime) return []
  return [problem(within(draft.place, 'session', 'idle_timeout'), 'must not be longer than max_lifetime')]
}
