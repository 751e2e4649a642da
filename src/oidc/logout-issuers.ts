import type { ClientContext } from './client-context.js'

/**
 * Every spelling of `iss` that means this tenant's provider; only the configured ones while the provider cannot be
 * reached. Never rejects.
 */
export const acceptedIssuers = ({
  tenant,
  provider,
}: Pick<ClientContext, 'tenant' | 'provider'>): Promise<string[]> =>
  provider.connection().then(
    ({ issuers }) => [...issuers],
    () => [tenant.issuer, ...tenant.issuer_aliases],
  )
