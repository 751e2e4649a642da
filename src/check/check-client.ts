import type { TenantConfig } from '../config/schema.js'
import { NO_KEYS } from '../keys/signing-keys.js'
import { createFileKeys } from '../oidc/client-key-file.js'
import type { Timeouts } from '../oidc/connection.js'
import { type ClientVerdict, type ProbedGrant, probeClient } from '../oidc/probe-client.js'
import type { Metadata } from './check-issuer.js'
import { error, type Finding, note, warning } from './finding.js'

interface ClientOptions {
  readonly metadata: Metadata
  readonly pathPrefix: string
  readonly now: () => number
  readonly timeouts: Timeouts
}

/** One of a tenant's credentials, and the tenant as if it had no other. */
interface Candidate {
  readonly name: string
  readonly tenant: TenantConfig
}

/** Asks whether the provider takes the tenant's credentials, each for itself, and lets it use refresh tokens. */
export async function checkClient(tenant: TenantConfig, options: ClientOptions): Promise<Finding[]> {
  const { pathPrefix, ...circumstances } = options
  const { client_key } = tenant
  if (client_key === 'managed') {
    const sentence =
      'client_key: managed is not checked, for the key is in the session store: sign in once to see that the provider has it'
    return [note('client', sentence)]
  }
  const keys = client_key === undefined ? NO_KEYS : createFileKeys(client_key)
  const redirectUri = `${tenant.origins[0]}${pathPrefix}/callback`
  const candidates = candidatesOf(tenant)
  const judge = async (grant: ProbedGrant) => {
    const ask = ({ tenant }: Candidate) => probeClient(grant, { ...circumstances, tenant, keys, redirectUri })
    return Promise.all(candidates.map(ask))
  }
  if (!tenant.refresh_tokens) return explain(tenant, candidates, await judge('authorization_code'))
  const refreshing = await judge('refresh_token')
  if (!refreshing.some(isAboutGrant)) return explain(tenant, candidates, refreshing)
  const verdicts = await judge('authorization_code')
  return [...explainRefreshing(tenant, refreshing, verdicts), ...explain(tenant, candidates, verdicts)]
}

// What is wrong with the client, or with the moment, is no different for codes.
const isAboutGrant = (verdict: ClientVerdict): boolean =>
  verdict.kind === 'forbidden' || (verdict.kind === 'unclear' && !verdict.isPassing)

/** RFC 6749 §5.2 has a word for a grant that the client may not use; who takes its codes may mean that by another. */
function explainRefreshing(
  tenant: TenantConfig,
  refreshing: ClientVerdict[],
  verdicts: ClientVerdict[],
): Finding[] {
  const advice = 'set refresh_tokens: false, or enable the Refresh Token grant of the app'
  if (refreshing.some(({ kind }) => kind === 'forbidden')) {
    return [error('refresh', `the provider does not let this client use refresh tokens: ${advice}`)]
  }
  const [odd] = refreshing.filter((verdict) => verdict.kind === 'unclear')
  if (odd === undefined || !verdicts.some(({ kind }) => kind === 'accepted')) return []
  const reason = hide(tenant, odd.reason)
  return [
    warning('refresh', `the provider seems not to let this client use refresh tokens (${reason}): ${advice}`),
  ]
}

function candidatesOf(tenant: TenantConfig): Candidate[] {
  if (tenant.client_secret.length === 0) return [{ name: 'client_key', tenant }]
  return tenant.client_secret.map((secret, index, { length }) => ({
    name: length === 1 ? 'client_secret' : `client_secret[${index}]`,
    tenant: { ...tenant, client_secret: [secret] },
  }))
}

function explain(tenant: TenantConfig, candidates: Candidate[], verdicts: ClientVerdict[]): Finding[] {
  if (verdicts.every(({ kind }) => kind === 'refused')) return [error('client', refusal(tenant))]
  return verdicts.flatMap((verdict, index) => {
    const name = candidates[index]?.name ?? ''
    if (verdict.kind === 'accepted') return []
    if (verdict.kind === 'refused') {
      const sentence = `the provider refuses ${name} (invalid_client): copy it once more, or remove it if it is the old one`
      return [warning('client', sentence)]
    }
    if (verdict.kind === 'forbidden') {
      const sentence = `the provider does not let this client use codes: enable the Authorization Code grant of the app`
      return [error('client', sentence)]
    }
    const reason = hide(tenant, verdict.reason)
    if (verdict.isPassing) {
      const sentence = `${name} could not be checked, for the token endpoint did not answer: ${reason}: check again in a minute`
      return [warning('client', sentence)]
    }
    return [note('client', `whether ${name} is right cannot be told: the token endpoint says ${reason}`)]
  })
}

function refusal({ id, client_key, token_endpoint_auth_method: method }: TenantConfig): string {
  const start = 'the provider refuses the client (invalid_client)'
  if (client_key !== undefined) {
    return `${start}: compare client_id, and give it the public key (doorward urls ${id} says where it is)`
  }
  return `${start}: copy client_id and client_secret from the app once more, and compare its authentication method with ${method}`
}

// Providers have been seen to echo what they were sent.
const hide = ({ client_secret }: TenantConfig, words: string): string =>
  client_secret.reduce((text, secret) => text.replaceAll(secret.reveal(), '…'), words)
