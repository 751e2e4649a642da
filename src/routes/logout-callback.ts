import type { FastifyInstance } from 'fastify'
import { PAGE_HEADERS, renderPage } from '../pages/render-page.js'
import type { RouteOptions } from './index.js'
import { queryOf } from './parameters.js'
import { transactionsOf } from './start-login.js'

/** `GET logout/callback`: back from the provider, and on to where the sign-out was meant to end. */
export function logoutCallback(app: FastifyInstance, { services }: RouteOptions): void {
  app.get('/logout/callback', async (request, reply) => {
    const { origin } = request.requireSite()
    const transactions = transactionsOf(services, request)
    const state = queryOf(request).get('state')
    const transaction = state === null ? undefined : transactions.find(state)
    if (transaction?.kind === 'logout') {
      return reply
        .changeCookies(origin, [transactions.remove(transaction.state)])
        .header('cache-control', 'no-store')
        .redirect(transaction.return_to, 302)
    }
    if (request.opened !== null) return reply.header('cache-control', 'no-store').redirect('/', 302)
    // A state that is not this browser's decides nothing; the person is told where they stand.
    const page = {
      title: 'You are signed out',
      message: 'You can close this window, or sign in again.',
      action: { href: '/', label: 'Sign in again' },
    }
    return reply.headers(PAGE_HEADERS).send(renderPage(page))
  })
}
