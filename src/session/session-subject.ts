import type { Sealer } from '../sealer.js'
import type { Session } from './session.js'

/** Whose sessions are meant, within one tenant: the person, or one sign-in at the provider. */
export type SessionSubject =
  | { readonly sub: string }
  | { readonly email: string }
  | { readonly iss: string; readonly sid: string }

/** Everybody that a session belongs to. */
export function subjectsOf({ identity: { sub, claims } }: Session): SessionSubject[] {
  const { email, iss, sid } = claims
  return [
    { sub },
    ...(typeof email === 'string' ? [{ email }] : []),
    ...(typeof iss === 'string' && typeof sid === 'string' ? [{ iss, sid }] : []),
  ]
}

// Mail addresses are compared without case, as people and Okta do.
const words = (subject: SessionSubject): string[] => {
  if ('sub' in subject) return ['sub', subject.sub]
  if ('email' in subject) return ['email', subject.email.toLowerCase()]
  return ['sid', subject.iss, subject.sid]
}

/**
 * The blinded names of a subject at a tenant, so that a dump of the store says nothing about anybody: one for each key
 * of the ring, of which the first is the one to write.
 */
export const blindNames = (sealer: Sealer, tenant: string, subject: SessionSubject): string[] =>
  sealer.blind([tenant, ...words(subject)]).map((name) => `${tenant}:${name}`)
