import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { TenantConfig } from '../config/schema.js'
import type { SigningKey, SigningKeys } from '../keys/signing-keys.js'
import { fingerprint } from '../sealer.js'

/** A call that the client makes in its own name, before it says who it is. */
export interface ClientCall {
  readonly url: string
  readonly body: URLSearchParams
  readonly headers: Headers
}

/** One way for the client to say who it is. */
export interface Credentials {
  /** Tells it from the client's other ones, and from what stood in their place before; holds no secret. */
  readonly name: string
  /** Where an operator finds them: `client_secret[1]`, `the key …`; the same for each form of one secret. */
  readonly place: string
  /** What an operator does about it when the provider refuses them and takes others. */
  readonly remedy: string
  /**
   * Whether they go before the others once the provider has taken them. Keys keep their order: the provider takes the
   * one that retires too, which would sign until it is withdrawn.
   */
  readonly isPreferredOnceAccepted: boolean
  /** Whether a provider that decodes them finds a malformed request in them, and says so in place of `invalid_client`. */
  readonly isMalformedIfDecoded: boolean
  /** Adds them to a call. */
  prove(call: ClientCall): void | Promise<void>
}

/** Seconds: Okta takes up to an hour (RFC 7523 §3, `exp`); longer than two clocks are apart. */
const ASSERTION_LIFETIME = 300
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

interface Circumstances {
  readonly keys: SigningKeys
  readonly now: () => number
}

/**
 * What the client may authenticate with at this moment, the likeliest first; secrets and keys are read anew, so that a
 * changed file needs no restart. Rejects when the keys cannot be had.
 */
export async function credentialsOf(
  tenant: TenantConfig,
  { keys, now }: Circumstances,
): Promise<Credentials[]> {
  const method = tenant.token_endpoint_auth_method
  if (method === 'private_key_jwt') {
    return (await keys.signing()).map((key) => assertion(tenant.client_id, key, now))
  }
  const secrets = tenant.client_secret.map((secret, index) => ({
    secret: secret.reveal(),
    place: tenant.client_secret.length === 1 ? 'client_secret' : `client_secret[${index}]`,
  }))
  const { client_id } = tenant
  if (method === 'client_secret_post') {
    return distinct(secrets.map(({ secret, place }) => inBody(client_id, secret, place)))
  }
  return distinct([
    // Okta documents Base64(client_id:client_secret) as it is; RFC 6749 §2.3.1 wants both form-encoded.
    ...secrets.map(({ secret, place }) => inHeader(`${client_id}:${secret}`, place)),
    ...secrets.map(({ secret, place }) => inHeader(`${formEncode(client_id)}:${formEncode(secret)}`, place)),
  ])
}

const SECRET_REMEDY = 'remove the one that it refuses, unless it is to be valid later'
const KEY_REMEDY = "it has yet to read the client's keys again"

const distinct = (all: readonly Credentials[]): Credentials[] =>
  all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index)

// RFC 6749 Appendix B.
const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const inHeader = (pair: string, place: string): Credentials => ({
  name: `basic ${fingerprint(pair)}`,
  place,
  remedy: SECRET_REMEDY,
  isPreferredOnceAccepted: true,
  isMalformedIfDecoded: !isDecodable(pair),
  prove({ headers }) {
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
  },
})

const inBody = (clientId: string, secret: string, place: string): Credentials => ({
  name: `post ${fingerprint(secret)}`,
  place,
  remedy: SECRET_REMEDY,
  isPreferredOnceAccepted: true,
  isMalformedIfDecoded: false,
  prove({ body }) {
    body.set('client_id', clientId)
    body.set('client_secret', secret)
  },
})

const assertion = (clientId: string, { key, kid, alg }: SigningKey, now: () => number): Credentials => ({
  name: `key ${kid}`,
  place: `the key ${kid}`,
  remedy: KEY_REMEDY,
  isPreferredOnceAccepted: false,
  isMalformedIfDecoded: false,
  async prove({ url, body }) {
    const iat = Math.floor(now() / 1000)
    // Okta wants the full URL of the endpoint for `aud`, where others would take the issuer (RFC 7523 §3).
    const claims = {
      iss: clientId,
      sub: clientId,
      aud: url,
      jti: randomUUID(),
      iat,
      exp: iat + ASSERTION_LIFETIME,
    }
    body.set('client_id', clientId)
    body.set('client_assertion_type', ASSERTION_TYPE)
    body.set('client_assertion', await new SignJWT(claims).setProtectedHeader({ alg, kid }).sign(key))
  },
})
