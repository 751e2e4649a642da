import { describeFailure } from '../oidc/failure.js'
import { probeKeys } from '../oidc/probe-keys.js'
import type { Metadata } from './check-issuer.js'
import { error, type Finding } from './finding.js'

/** Asks for the keys that sign-ins are verified with; `timeout` in seconds. */
export async function checkKeys(metadata: Metadata, timeout: number): Promise<Finding[]> {
  const { jwks_uri: where } = metadata
  if (where === undefined) {
    return [error('keys', "the provider's metadata have no jwks_uri: ask whoever runs the provider")]
  }
  try {
    const usable = await probeKeys(metadata, timeout)
    if (usable.length > 0) return []
    const sentence = `there is no key at ${where} that verifies what the provider signs (id_token_signing_alg_values_supported; HS256 and none do not count): have it sign with RS256`
    return [error('keys', sentence)]
  } catch (failure) {
    const sentence = `the keys at ${where} cannot be had: ${describeFailure(failure)}: may this machine reach that address?`
    return [error('keys', sentence)]
  }
}
