import type { FastifyReply } from 'fastify'
import type { LogoutForm } from '../oidc/logout-request.js'
import { escapeHtml } from '../pages/escape-html.js'
import { documentHeaders, renderDocument } from '../pages/html-document.js'
import { PAGE_STYLE } from '../pages/page-style.js'

const STYLE = `${PAGE_STYLE}
button {
  margin-top: 1.5rem; padding: .625rem 1.25rem; border: 0; border-radius: .625rem; cursor: pointer;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600;
}
button:hover { background: var(--accent-hover); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
`
const SCRIPT = 'document.forms[0].submit()'

/** Sends a page that posts a form to the provider by itself, and by a button where no script runs. */
export function sendLogoutForm(reply: FastifyReply, form: LogoutForm): FastifyReply {
  const headers = documentHeaders({
    style: STYLE,
    script: SCRIPT,
    // Chromium judges redirects after a form as well: the provider may go on to another host, and comes back here.
    formAction: `'self' https: ${new URL(form.action).origin}`,
    // The provider may want to see who posts; the address of this page is nobody's.
    referrerPolicy: 'strict-origin',
  })
  return reply.headers(headers).send(renderForm(form))
}

function renderForm({ action, parameters }: LogoutForm): string {
  const fields = parameters.map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  const main = [
    '<h1>Signing out</h1>',
    "<p>You are signed out here. Your organization's sign-in service is next.</p>",
    `<form method="post" action="${escapeHtml(action)}">`,
    ...fields,
    '<button>Continue</button>',
    '</form>',
  ]
  return renderDocument({ title: 'Signing out', style: STYLE, main, script: SCRIPT })
}
