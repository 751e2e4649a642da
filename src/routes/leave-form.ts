import type { FastifyReply, FastifyRequest } from 'fastify'
import { PAGE_HEADERS, renderPage } from '../pages/render-page.js'

/**
 * Sends a browser whose form is kept to the provider. The content security policy of the application's page holds for
 * where its form is redirected, too: with `form-action 'self'`, Chromium would go nowhere. So whoever claims to be a
 * browser (they all say "Mozilla") gets a page that goes on by itself, and any other client the redirect.
 */
export function leaveForm({ headers }: FastifyRequest, reply: FastifyReply, provider: URL): FastifyReply {
  if (!headers['user-agent']?.startsWith('Mozilla/')) return reply.redirect(provider.href, 302)
  const page = {
    title: 'Please sign in',
    message: 'You need to sign in to continue. What you have sent is kept meanwhile.',
    action: { href: provider.href, label: 'Sign in' },
  }
  return reply.headers({ ...PAGE_HEADERS, refresh: `0;url=${provider.href}` }).send(renderPage(page))
}
