import { DoorwardError } from './errors.js'

/** How a person has to have proved who they are, beyond an ordinary sign-in (RFC 9470). */
export interface StepUp {
  /** One of these has to be the `acr` of the sign-in (OIDC Core §2): none can be where there are none; `undefined`: any. */
  readonly acr_values: readonly string[] | undefined
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
  if (acr_values !== undefined && !acr_values.some((value) => value === acr)) return false
  if (max_age === undefined) return true
  // OIDC Core §3.1.2.1: a provider that was asked with max_age has to say when it was.
  return typeof auth_time === 'number' && moment - auth_time * 1000 <= max_age + CLOCK_LEEWAY
}

/** What satisfies two demands at once. */
export function bothStepUps(one: StepUp, other: StepUp): StepUp {
  const ages = [one.max_age, other.max_age].filter((age) => age !== undefined)
  return {
    acr_values:
      one.acr_values && other.acr_values
        ? one.acr_values.filter((value) => other.acr_values?.includes(value))
        : (one.acr_values ?? other.acr_values),
    max_age: ages.length === 0 ? undefined : Math.min(...ages),
  }
}

/** A demand as an authorization request or a challenge names it (OIDC Core §3.1.2.1, RFC 9470 §3). */
export function stepUpParameters({ acr_values = [], max_age }: StepUp): Readonly<Record<string, string>> {
  return {
    ...(acr_values.length === 0 ? {} : { acr_values: acr_values.join(' ') }),
    ...(max_age === undefined ? {} : { max_age: String(Math.floor(max_age / 1000)) }),
  }
}

/** The refusal of who cannot be sent to the provider, with what is demanded (RFC 9470 §3). */
export function insufficientAuthentication(stepUp: StepUp): DoorwardError {
  const demanded = stepUpParameters(stepUp)
  const parameters = Object.entries(demanded).map(([name, value]) => `, ${name}="${value}"`)
  return new DoorwardError('insufficient_user_authentication', {
    reason: 'the rule demands a stronger or more recent sign-in',
    publicFields: demanded,
    challenge: `Bearer error="insufficient_user_authentication"${parameters.join('')}`,
  })
}
