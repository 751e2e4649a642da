import type { FastifyReply } from 'fastify'
import type { LogoutForm } from '../oidc/logout-request.js'
import { formPageHeaders, renderFormPage } from '../pages/form-page.js'

const SCRIPT = 'document.forms[0].submit()'

/** Sends a page that posts a form to the provider by itself, and by a button where no script runs. */
export function sendLogoutForm(reply: FastifyReply, { action, parameters }: LogoutForm): FastifyReply {
  const page = {
    title: 'Signing out',
    message: "You are signed out here. Your organization's sign-in service is next.",
    action,
    fields: parameters,
    button: 'Continue',
    script: SCRIPT,
  }
  // Chromium judges redirects after a form as well: the provider may go on to another host, and comes back here.
  const formAction = `'self' https: ${new URL(action).origin}`
  return reply.headers(formPageHeaders(page, formAction)).send(renderFormPage(page))
}
