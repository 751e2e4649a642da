import { randomBytes } from 'node:crypto'
import type { Session } from '../../../src/session/session.js'

const NOISE = randomBytes(4096).toString('base64url')
const HOUR = 3_600_000

const noise = (seed: number, length: number): string => {
  const start = seed % (NOISE.length - length)
  return NOISE.slice(start, start + length)
}

/**
 * What a sign-in knows of the person with this number: tokens as long as Okta's with five groups in them (RS256 JWTs
 * of about 1 KB), and the claims as they are kept. Each person is another one, so each has index entries of their own.
 */
export function signInOf(number: number): Omit<Session, 'id' | 'created_at' | 'refreshed_at'> {
  const digits = String(number).padStart(9, '0')
  const sub = `00u${digits}AbCdE5d7`
  const email = `person.${digits}@corp.example`
  return {
    identity: {
      sub,
      claims: {
        sub,
        iss: 'https://corp.okta.example/oauth2/default',
        sid: `idx${noise(number, 22)}${digits}`,
        name: `Person Number ${digits}`,
        email,
        email_verified: true,
        preferred_username: email,
        groups: ['Everyone', 'Engineering', 'Engineering-Platform', 'VPN-Users', 'Office-Berlin'],
        amr: ['mfa', 'pwd', 'otp'],
        auth_time: 1_800_000_000,
        idp: '00oabcdefghijKLMN5d7',
      },
    },
    tokens: {
      access_token: `${noise(number, 86)}.${noise(number + 7, 620)}.${noise(number + 13, 342)}`,
      id_token: `${noise(number + 1, 86)}.${noise(number + 17, 680)}.${noise(number + 23, 342)}`,
      refresh_token: noise(number + 29, 43),
      // Nothing has to be refreshed while it is measured.
      expires_at: Date.now() + 12 * HOUR,
    },
    recent_logins: [Date.now()],
  }
}
