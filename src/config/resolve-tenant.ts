import { isLoopback } from './hostname.js'
import { type Place, type Problem, problem, within } from './problems.js'
import { resolveCredentials } from './resolve-credentials.js'
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
  const limits = limitsOf(draft, inherited)
  const merged = upstream &&
    headers &&
    rules &&
    assertion_signing_alg &&
    keep_forms !== undefined && { upstream, headers, rules, assertion_signing_alg, keep_forms }
  if (problems.length > 0 || !whole || !id || !credentials || !merged || !limits) {
    return { problems }
  }
  return {
    tenant: { ...ownKeys(whole), ...credentials, ...merged, id, session: limits },
    problems,
  }
}

/** The keys that only the tenant itself can say. */
function ownKeys(tenant: WrittenTenant) {
  const { origins, issuer, issuer_aliases, client_id, refresh_tokens, authorization_params } = tenant
  const { scopes, response_mode, userinfo, logout, idp_initiated_login, allow_insecure_http } = tenant
  return {
    origins,
    issuer,
    issuer_aliases,
    client_id,
    refresh_tokens,
    authorization_params,
    response_mode,
    userinfo,
    logout,
    allow_insecure_http,
    scopes: [...new Set(refresh_tokens ? [...scopes, 'offline_access'] : scopes)],
    idp_initiated_login,
  } as const satisfies Partial<TenantConfig>
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

function limitsOf({ parts }: TenantDraft, inherited: Inherited): TenantConfig['session'] | undefined {
  const { session } = inherited.parts
  if (session === undefined || parts.session === undefined) return undefined
  return {
    idle_timeout: parts.session.idle_timeout ?? session.idle_timeout,
    max_lifetime: parts.session.max_lifetime ?? session.max_lifetime,
    stale_limit: parts.session.stale_limit ?? session.stale_limit,
  }
}

function shortLifetime(draft: TenantDraft, inherited: Inherited): Problem[] {
  const limits = limitsOf(draft, inherited)
  const { idle_timeout, max_lifetime } = draft.parts.session ?? {}
  // What a tenant only inherits is the main file's problem, told there once.
  const isInherited = idle_timeout === undefined && max_lifetime === undefined
  if (isInherited || !limits || limits.idle_timeout <= limits.max_lifetime) return []
  return [problem(within(draft.place, 'session', 'idle_timeout'), 'must not be longer than max_lifetime')]
}
