import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { cookieNames } from '../cookies.js'
import { DoorwardError } from '../errors.js'
import { requireState } from '../oidc/callback.js'
import type { LoginTransaction } from '../oidc/transaction.js'
import { fingerprint } from '../sealer.js'
import type { Services } from '../services.js'
import type { KeptForm } from '../session/kept-forms.js'
import { addOnce } from './add-once.js'
import type { RouteOptions } from './index.js'
import { bringAgain, isWithoutCookies, responseOf } from './posted-response.js'
import { goOnUnrenewed } from './renewal-failure.js'
import { sendForm, tellLostForm } from './send-form.js'
import { transactionsOf } from './start-login.js'
import { bringsUnaskedIdToken, startUnaskedLogin } from './unasked-login.js'

/** `callback`: the redirect URI, where a login becomes a session. */
export function callback(app: FastifyInstance, options: RouteOptions): void {
  const { services } = options
  app.route({
    method: ['GET', 'POST'],
    url: '/callback',
    async handler(request, reply) {
      request.failureEvent = 'login.failed'
      if (bringsUnaskedIdToken(request)) return startUnaskedLogin(options, request, reply)
      try {
        const parameters = responseOf(services, request)
        const state = requireState(parameters)
        if (isWithoutCookies(services, request, state))
          return bringAgain(services, request, reply, parameters)
        const { transaction, form } = await takeTransaction(services, request, reply, state)
        return await completeLogin(services, request, reply, { parameters, transaction, form }).catch(
          (error) => goOnUnrenewed(services, request, reply, { error, transaction }),
        )
      } catch (error) {
        // "Back" onto a used callback, or a second click: who is signed in belongs in the app, not on a page.
        const isStale = error instanceof DoorwardError && error.code === 'invalid_callback'
        if (isStale && request.opened !== null)
          return reply.header('cache-control', 'no-store').redirect('/', 302)
        throw error
      }
    },
  })
}

interface Taken {
  readonly transaction: LoginTransaction
  /** `undefined` where the login has none, and where it is gone. */
  readonly form: KeptForm | undefined
}

// The code is redeemed after the state has matched, and the state matches once.
async function takeTransaction(
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  state: string,
): Promise<Taken> {
  const { tenant, origin } = request.requireSite()
  const transactions = transactionsOf(services, request)
  const transaction = transactions.find(state)
  if (transaction?.kind !== 'login') {
    throw new DoorwardError('invalid_callback', { reason: 'no login in flight has this state' })
  }
  // Read before the login is used up: where the store does not answer, the browser may come again.
  const form = transaction.form && (await services.forms.read(tenant.id, transaction.form))
  const isFirst = await addOnce(services, `used:${tenant.id}:${fingerprint(state)}`)
  reply.changeCookies(origin, [transactions.remove(state)])
  if (!isFirst) throw new DoorwardError('invalid_callback', { reason: 'this login has already come back' })
  return { transaction, form: form || undefined }
}

interface Arrival extends Taken {
  readonly parameters: URLSearchParams
}

async function completeLogin(
  { sessions, of, audit, observer, forms, pathPrefix, now }: Services,
  request: FastifyRequest,
  reply: FastifyReply,
  { parameters, transaction, form }: Arrival,
): Promise<FastifyReply> {
  const { tenant, origin } = request.requireSite()
  const { owner, relyingParty } = of(tenant)
  const response = new URL(`${origin}${pathPrefix}/callback?${parameters}`)
  // The process that began the login may have a clock that is ahead.
  const begunAt = Math.min(transaction.started_at, now())
  const held = request.opened?.session.identity
  const { identity, tokens } = await relyingParty.finishLogin(response, transaction, held)
  const content = {
    identity,
    tokens,
    recent_logins: transaction.recent_logins,
    ...(request.opened === null ? {} : { predecessor: request.opened.session.id }),
  }
  const { session, cookie } = await sessions.create(owner, content, begunAt).catch((error: unknown) => {
    // Nobody will use them.
    relyingParty.revoke(tokens).catch(() => undefined)
    throw error
  })
  if (request.opened !== null) await sessions.retire(owner, request.opened)
  observer.loginEnded(tenant.id, 'succeeded')
  audit('login.succeeded', {
    tenant: tenant.id,
    user: identity.sub,
    session: session.id,
    request_id: request.id,
  })
  reply
    .changeCookies(origin, [{ name: cookieNames(origin).session, value: cookie }])
    .header('cache-control', 'no-store')
  if (transaction.form === undefined) return reply.redirect(transaction.return_to, 302)
  // The login is used up, so nobody waits for it; a record that stays is opened by nobody.
  forms.forget(tenant.id, transaction.form).catch(() => undefined)
  if (form !== undefined) return sendForm(reply, form, identity.sub)
  request.log.warn({ tenant: tenant.id }, 'the store has lost the form of a sign-in')
  return tellLostForm(reply, transaction.return_to)
}
