import type { OnceOnly } from '../oidc/security-token.js'
import { fingerprint } from '../sealer.js'
import type { Services } from '../services.js'
import type { Tenant } from '../tenant/tenant.js'
import { addOnce } from './add-once.js'

/**
 * Does what a token asks for, unless one with its `jti` has done so before: then it resolves `false`. The token is
 * used up when the work is done, not when it begins, so that the sender of one that met a failure may send it again;
 * of two that come at the same moment both may end the same sessions, and one resolves `true`.
 */
export async function onlyOnce(
  services: Pick<Services, 'store' | 'now'>,
  { id }: Tenant,
  { jti, refused_from }: OnceOnly,
  work: () => Promise<unknown>,
): Promise<boolean> {
  const name = `jti:${id}:${fingerprint(jti)}`
  if ((await services.store.get(name)) !== undefined) return false
  await work()
  return addOnce(services, name, refused_from - services.now())
}
