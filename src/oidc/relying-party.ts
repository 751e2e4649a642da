import type { Identity } from '../identity.js'
import type { Confirmation, Grant, RefreshAnswer, Tokens } from '../tokens.js'
import { beginLogin, type LoginRequest, type LoginStart } from './authorization-request.js'
import { finishLogin } from './callback.js'
import type { ClientContext } from './client-context.js'
import { confirmGrant } from './confirm-grant.js'
import {
  type RevocationSubject,
  readRevocationSubject,
  verifyRevocationToken,
} from './global-token-revocation.js'
import { acceptsIssuer } from './issuer.js'
import { readFrontChannelLogout } from './logout-front-channel.js'
import {
  buildLogoutRequest,
  type LogoutRedirect,
  type LogoutRequest,
  revokeTokens,
} from './logout-request.js'
import type { Persistence } from './logout-revocation.js'
import { type LogoutSubject, type LogoutToken, verifyLogoutToken } from './logout-token.js'
import { redeemRefreshToken } from './refresh-grant.js'
import type { OnceOnly } from './security-token.js'
import type { LoginTransaction } from './transaction.js'
import { readUnaskedIdToken, type UnaskedSignIn } from './unasked-id-token.js'

/** One tenant's client at its provider. */
export interface RelyingParty {
  /** Whether the `iss` of a sign-in that starts elsewhere means this provider (OIDC Core §4). */
  acceptsIssuer(iss: string): boolean
  /** Begins a login: where to send the browser and what the callback must match. */
  beginLogin(request: LoginRequest): Promise<LoginStart>
  /** Whom an ID token that nobody has asked for names; rejects with an error of the catalogue. */
  readUnaskedIdToken(jwt: string): Promise<UnaskedSignIn>
  /** Completes a login whose state has been matched, in a browser whose session is of `held`; rejects with an error of the catalogue. */
  finishLogin(response: URL, transaction: LoginTransaction, held?: Identity): Promise<Grant>
  /** Redeems the refresh token of a grant, whose new tokens are to be kept before they are confirmed; never rejects. */
  refresh(grant: Grant): Promise<RefreshAnswer>
  /** Verifies a refreshed grant, which has the new tokens and the identity from before; never rejects. */
  confirm(grant: Grant, receivedIdToken: string | undefined): Promise<Confirmation>
  /** Where to end the provider's session; `undefined` where that is not to be had. */
  beginLogout(request: LogoutRequest): Promise<LogoutRedirect | undefined>
  /**
   * Revokes the refresh token of an ended session, or its access token where there is none; tries again for a minute
   * and more, and rejects when it gives up.
   */
  revoke(tokens: Tokens): Promise<void>
  /** Whose sessions a front-channel logout means; `undefined` when it names no sign-in. */
  readFrontChannelLogout(parameters: URLSearchParams): Promise<readonly LogoutSubject[] | undefined>
  /** What a logout token asks for; rejects with an error of the catalogue. */
  verifyLogoutToken(jwt: string): Promise<LogoutToken>
  /** Proves that the provider calls the endpoint of Global Token Revocation; rejects with an error of the catalogue. */
  verifyRevocationToken(jwt: string, endpoint: string): Promise<OnceOnly>
  /** Whom the body of a Global Token Revocation names; rejects with `invalid_request`. */
  readRevocationSubject(body: unknown): Promise<RevocationSubject>
}

/** Builds the relying party of a tenant, whose revocations are persisted with. */
export function createRelyingParty(context: ClientContext, revocations: Persistence): RelyingParty {
  const revoke = (tokens: Tokens) => revocations.persist(() => revokeTokens(context, tokens))
  return {
    acceptsIssuer: (iss) => acceptsIssuer(context.tenant, iss),
    beginLogin: (request) => beginLogin(context, request),
    readUnaskedIdToken: (jwt) => readUnaskedIdToken(context, jwt),
    finishLogin: (response, transaction, held) =>
      finishLogin(context, response, {
        transaction,
        held,
        abandon: (tokens) => {
          revoke(tokens).catch(() => undefined)
        },
      }),
    refresh: (grant) => redeemRefreshToken(context, grant),
    confirm: (grant, receivedIdToken) => confirmGrant(context, grant, receivedIdToken),
    beginLogout: (request) => buildLogoutRequest(context, request),
    revoke,
    readFrontChannelLogout: (parameters) => readFrontChannelLogout(context, parameters),
    verifyLogoutToken: (jwt) => verifyLogoutToken(context, jwt),
    verifyRevocationToken: (jwt, endpoint) => verifyRevocationToken(context, jwt, endpoint),
    readRevocationSubject: (body) => readRevocationSubject(context, body),
  }
}
