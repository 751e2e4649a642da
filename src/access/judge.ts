import { claimAt } from '../claim-path.js'
import { DoorwardError } from '../errors.js'
import type { Identity } from '../identity.js'
import { insufficientAuthentication, meetsStepUp, type StepUp } from '../step-up.js'
import type { Access, Requirement } from './rules.js'

/** Whether a person may pass. */
export type Verdict =
  | { readonly kind: 'allowed' }
  /** Whoever they prove to be. */
  | { readonly kind: 'forbidden'; readonly missing: Requirement }
  /** Not until they have proved who they are as demanded. */
  | { readonly kind: 'weak'; readonly stepUp: StepUp }

/** Judges a person at a moment, in milliseconds since the epoch. */
export function judge({ require, stepUp }: Access, { claims }: Identity, now: number): Verdict {
  const missing = require.find((requirement) => !holds(requirement, claims))
  if (missing !== undefined) return { kind: 'forbidden', missing }
  if (stepUp === undefined || meetsStepUp(stepUp, claims, now)) return { kind: 'allowed' }
  return { kind: 'weak', stepUp }
}

// Without conversions: what a provider calls "true" may be anybody's own word.
function holds({ claim, values }: Requirement, claims: Identity['claims']): boolean {
  const held = claimAt(claims, claim)
  return (Array.isArray(held) ? held : [held]).some((element) => values.includes(element))
}

/** The refusal of who may not pass now, where nobody can be sent to the provider. */
export function toRefusal(verdict: Exclude<Verdict, { kind: 'allowed' }>): DoorwardError {
  if (verdict.kind === 'weak') return insufficientAuthentication(verdict.stepUp)
  const { rule, claim } = verdict.missing
  return new DoorwardError('forbidden', { reason: `${rule} demands another value of the claim ${claim}` })
}
