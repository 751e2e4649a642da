import { hostnameOf } from './hostname.js'
import { formatPlace, type Place, type Problem, problem, within } from './problems.js'
import type { TenantDraft } from './tenant-draft.js'

/** Finds the ids and hostnames that two tenants claim, each tenant's when it comes. */
export type FindDuplicates = (draft: TenantDraft) => Problem[]

/** Begins without any tenant. A map for ids and one for hostnames: there may be ten thousand tenants. */
export function createFindDuplicates(): FindDuplicates {
  const ids = new Map<string, TenantDraft>()
  const hostnames = new Map<string, TenantDraft>()
  return (draft) => [...claimId(draft, ids), ...claimHostnames(draft, hostnames)]
}

function claimId(draft: TenantDraft, ids: Map<string, TenantDraft>): Problem[] {
  const { id, place } = draft
  if (id === undefined) return []
  const owner = claim(ids, id, draft)
  const advice = draft.parts.id === undefined ? '; give one of them another id' : ''
  return owner ? [problem(within(place, 'id'), `${id} is the id of ${nameOf(owner)} already${advice}`)] : []
}

function claimHostnames(draft: TenantDraft, hostnames: Map<string, TenantDraft>): Problem[] {
  return (draft.parts.origins ?? []).flatMap((origin, index) => {
    const hostname = hostnameOf(origin)
    const owner = claim(hostnames, hostname, draft)
    if (owner === undefined) return []
    const at: Place = within(draft.place, 'origins', index)
    const whose = owner === draft ? 'this tenant, listed twice' : `${nameOf(owner)} already`
    return [
      problem(at, `${hostname} belongs to ${whose}; a hostname belongs to one tenant, whatever the port`),
    ]
  })
}

/** The earlier owner, or nothing when the name was free and is now the draft's. */
function claim(owners: Map<string, TenantDraft>, name: string, draft: TenantDraft): TenantDraft | undefined {
  const owner = owners.get(name)
  if (owner === undefined) owners.set(name, draft)
  return owner
}

function nameOf({ id, place }: TenantDraft): string {
  return id === undefined ? `the tenant ${formatPlace(place)}` : `tenant "${id}" (${formatPlace(place)})`
}
