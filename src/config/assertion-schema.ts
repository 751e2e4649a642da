import * as z from 'zod'

/** What identity assertions can be signed with (RFC 7518 §3.3, RFC 8037 §3.1). */
export const assertionSigningAlg = z.enum(['EdDSA', 'RS256'])

/** The algorithm of a tenant's identity assertions. */
export type AssertionSigningAlg = z.output<typeof assertionSigningAlg>
