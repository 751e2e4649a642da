import type { Confirmation, Grant, RefreshAnswer, Tokens } from '../tokens.js'
import { beginLogin, type LoginRequest, type LoginStart } from './authorization-request.js'
import { finishLogin } from './callback.js'
import type { ClientContext } from './client-context.js'
import { confirmGrant } from './confirm-grant.js'
import {
  buildLogoutRequest,
  type LogoutRedirect,
  type LogoutRequest,
  revokeTokens,
} from './logout-request.js'
import { redeemRefreshToken } from './refresh-grant.js'
import type { LoginTransaction } from './transaction.js'

/** One tenant's client at its provider. */
export interface RelyingParty {
  /** Begins a login: where to send the browser and what the callback must match. */
  beginLogin(request: LoginRequest): Promise<LoginStart>
  /** Completes a login whose state has been matched; rejects with an error of the catalogue. */
  finishLogin(response: URL, transaction: LoginTransaction): Promise<Grant>
  /** Redeems the refresh token of a grant, whose new tokens are to be kept before they are confirmed; never rejects. */
  refresh(grant: Grant): Promise<RefreshAnswer>
  /** Verifies a refreshed grant, which has the new tokens and the identity from before; never rejects. */
  confirm(grant: Grant, receivedIdToken: string | undefined): Promise<Confirmation>
  /** Where to end the provider's session; `undefined` where that is not to be had. */
  beginLogout(request: LogoutRequest): Promise<LogoutRedirect | undefined>
  /** Revokes the refresh token of an ended session, or its access token where there is none; rejects when that fails. */
  revoke(tokens: Tokens): Promise<void>
}

/** Builds the relying party of a tenant. */
export const createRelyingParty = (context: ClientContext): RelyingParty => ({
  beginLogin: (request) => beginLogin(context, request),
  finishLogin: (response, transaction) => finishLogin(context, response, transaction),
  refresh: (grant) => redeemRefreshToken(context, grant),
  confirm: (grant, receivedIdToken) => confirmGrant(context, grant, receivedIdToken),
  beginLogout: (request) => buildLogoutRequest(context, request),
  revoke: (tokens) => revokeTokens(context, tokens),
})
