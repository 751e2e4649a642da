import type { Confirmation, Grant } from '../tokens.js'
import { signInOf, toIdentity } from './claims.js'
import type { ClientContext } from './client-context.js'
import { describeFailure } from './failure.js'
import { verifyIdToken } from './id-token.js'
import { fetchUserInfo } from './user-info.js'

/**
 * Finds out whom a refreshed grant belongs to now: its ID token, where one came, is verified (OIDC Core §12.2) and
 * UserInfo asked where needed. `grant` has the new tokens and the identity from before. Never rejects.
 */
export async function confirmGrant(
  context: ClientContext,
  grant: Grant,
  receivedIdToken: string | undefined,
): Promise<Confirmation> {
  const { identity: previous, tokens } = grant
  const { sub } = previous
  try {
    const idToken = receivedIdToken === undefined ? undefined : await verifyIdToken(context, receivedIdToken)
    if (idToken !== undefined && idToken.sub !== sub) {
      return { kind: 'ended', reason: 'the refreshed ID token names another subject' }
    }
    const userInfo = await fetchUserInfo(context, { tokens, sub, known: idToken ?? {} }).catch(
      () => 'failed' as const,
    )
    // A claim that was taken away must go, but only when all was told anew; a provider that does not repeat its `sid`
    // still logs out by it, and a refresh makes no sign-in weaker.
    const isComplete = idToken !== undefined && userInfo !== 'failed'
    const identity = toIdentity(sub, {
      previous: isComplete ? signInOf(previous) : previous,
      userInfo: userInfo === 'failed' ? undefined : userInfo,
      idToken,
    })
    return { kind: 'confirmed', identity, id_token: receivedIdToken ?? tokens.id_token }
  } catch (error) {
    return {
      kind: 'unconfirmed',
      reason: `the refreshed ID token was not verified: ${describeFailure(error)}`,
    }
  }
}
