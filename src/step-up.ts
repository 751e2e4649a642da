import { DoorwardError } from './errors.js'

/** How a person has to have proved who they are, beyond an ordinary sign-in (RFC 9470). */
export interface StepUp {
  /** One of these has to be the `acr` of the sign-in; any will do when there are none (OIDC Core §2). */
  readonly acr_values: readonly string[]
  /** Milliseconds for which a proof is good; `undefined`: for as long as the session lives. */
  readonly max_age: number | undefined
}

/** Milliseconds by which the provider's clock may be behind: without them a short `max_age` could never be met. */
const CLOCK_LEEWAY = 60_000

/** Whether a sign-in with these claims was as strong as demanded, and recent enough at a moment (`auth_time`). */
export function meetsStepUp(
  { acr_values, max_age }: StepUp,
  claims: { readonly acr?: unknown; readonly auth_time?: unknown },
  moment: number,
): boolean {
  const { acr, auth_time } = claims
  if (acr_values.length > 0 && !acr_values.some((value) => value === acr)) return false
  if (max_age === undefined) return true
  // OIDC Core §3.1.2.1: a provider that was asked with max_age has to say when it was.
  return typeof auth_time === 'number' && moment - auth_time * 1000 <= max_age + CLOCK_LEEWAY
}

/** The refusal of who cannot be sent to the provider, with what is demanded (RFC 9470 §3). */
export function insufficientAuthentication({ acr_values, max_age }: StepUp): DoorwardError {
  const demanded = {
    ...(acr_values.length === 0 ? {} : { acr_values: acr_values.join(' ') }),
    ...(max_age === undefined ? {} : { max_age: String(Math.floor(max_age / 1000)) }),
  }
  const parameters = Object.entries(demanded).map(([name, value]) => `, ${name}="${value}"`)
  return new DoorwardError('insufficient_user_authentication', {
    reason: 'the rule demands a stronger or more recent sign-in',
    publicFields: demanded,
    challenge: `Bearer error="insufficient_user_authentication"${parameters.join('')}`,
  })
}
