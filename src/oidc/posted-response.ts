import { DoorwardError } from '../errors.js'
import type { Sealer } from '../sealer.js'

/** The name under which the address of the callback carries a sealed response. */
export const SEALED_RESPONSE = 'response'

/** Milliseconds: the browser follows at once, and what is left in its history is worth nothing. */
const LIFETIME = 60_000
/** Characters of the sealed response: whole request lines of 8 KiB are what proxies take. */
const LONGEST = 7680

interface PostedResponseOptions {
  readonly sealer: Sealer
  readonly tenant: string
  readonly origin: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

interface PostedResponse {
  readonly posted_at: number
  readonly parameters: string
}

const sealing = ({ tenant, origin }: PostedResponseOptions) =>
  ({ purpose: 'authorization-response', context: [tenant, origin] }) as const

/**
 * Seals an authorization response that came as a form (OAuth 2.0 Form Post Response Mode), so that the browser can
 * bring it again with its SameSite=Lax cookies, which a cross-site POST does not carry. Throws `invalid_callback`
 * for one that no address could hold.
 */
export function sealPostedResponse(parameters: URLSearchParams, options: PostedResponseOptions): string {
  const response: PostedResponse = { posted_at: options.now, parameters: `${parameters}` }
  const sealed = options.sealer.seal(JSON.stringify(response), sealing(options))
  if (sealed.length <= LONGEST) return sealed
  throw new DoorwardError('invalid_callback', { reason: 'the posted response is too long' })
}

/** Opens a sealed response of the last minute; throws `invalid_callback` for every other text. */
export function openPostedResponse(sealed: string, options: PostedResponseOptions): URLSearchParams {
  const text = options.sealer.open(sealed, sealing(options))
  if (text === undefined) {
    throw new DoorwardError('invalid_callback', { reason: 'the posted response was sealed elsewhere' })
  }
  const { posted_at, parameters } = JSON.parse(text) as PostedResponse
  if (options.now - posted_at >= LIFETIME) {
    throw new DoorwardError('invalid_callback', { reason: 'the posted response is older than a minute' })
  }
  return new URLSearchParams(parameters)
}
