import type { TenantConfig } from '../config/schema.js'
import { DoorwardError } from '../errors.js'
import { boundedFetch } from '../oidc/bounded-fetch.js'
import type { Timeouts } from '../oidc/connection.js'
import { describeFailure, statusOf } from '../oidc/failure.js'
import { createDiscovery, type Discover } from '../oidc/issuer-metadata.js'
import { checkClock } from './check-clock.js'
import { error, type Finding, note } from './finding.js'

/** What a provider says of itself. */
export type Metadata = Awaited<ReturnType<Discover>>

/** The metadata, and what was noticed on the way; none where it cannot be asked or is another one than configured. */
export interface Discovered {
  readonly metadata: Metadata | undefined
  readonly findings: readonly Finding[]
}

interface IssuerOptions {
  readonly now: () => number
  readonly timeouts: Timeouts
}

/** Asks the issuer of a tenant for its metadata, as a sign-in does, and compares the clocks on the way. */
export async function checkIssuer(
  tenant: TenantConfig,
  { now, timeouts }: IssuerOptions,
): Promise<Discovered> {
  let clock: readonly Finding[] = []
  const discover = createDiscovery(tenant, timeouts.call, async (url, options) => {
    const askedAt = now()
    const answer = await boundedFetch(url, options)
    clock = checkClock(answer.headers, { askedAt, answeredAt: now() })
    return answer
  })
  try {
    const metadata = await discover()
    return { metadata, findings: [...checkSpelling(tenant, metadata.issuer), ...clock] }
  } catch (failure) {
    const found = error('issuer', await explain(tenant, failure, timeouts))
    return { metadata: undefined, findings: [found, ...clock] }
  }
}

// Tokens may carry either; the provider's own spelling is what other clients and its documentation show.
function checkSpelling({ issuer, issuer_aliases }: TenantConfig, found: string): Finding[] {
  if ([issuer, ...issuer_aliases].includes(found)) return []
  return [note('issuer', `the provider writes ${found}; that is accepted, but write it so`)]
}

async function explain(tenant: TenantConfig, failure: unknown, timeouts: Timeouts): Promise<string> {
  const reason = failure instanceof DoorwardError ? failure.message : describeFailure(failure)
  if (failure instanceof DoorwardError && failure.code === 'login_misconfigured') return reason
  const status = failure instanceof DoorwardError ? statusOf(failure.cause) : undefined
  if (status === undefined) {
    return `${reason}: is the issuer spelled right, and may this machine reach it (DNS, firewall, proxy, TLS)?`
  }
  if (status === 429 || status >= 500) return `${reason}: the provider is not well; check again in a minute`
  const other = await findOther(tenant, timeouts)
  if (other !== undefined) return `${reason}: there is an issuer ${other}; if that is meant, write it`
  return `${reason}: there is no issuer at this address; copy it from the provider once more`
}

/** An org has an issuer without a path, and with API Access Management one or more below /oauth2. */
async function findOther(tenant: TenantConfig, timeouts: Timeouts): Promise<string | undefined> {
  const { origin, pathname } = new URL(tenant.issuer)
  const issuer = pathname === '/' ? `${origin}/oauth2/default` : origin
  const discover = createDiscovery({ ...tenant, issuer, issuer_aliases: [] }, timeouts.call)
  const found = await discover().catch(() => undefined)
  return found?.issuer
}
