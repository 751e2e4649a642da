import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { LogoutForm } from '../oidc/logout-request.js'
import { escapeHtml } from '../pages/escape-html.js'
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

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const STYLE_HASH = hashOf(STYLE)
const SCRIPT_HASH = hashOf(SCRIPT)

/** Sends a page that posts a form to the provider by itself, and by a button where no script runs. */
export function sendLogoutForm(reply: FastifyReply, form: LogoutForm): FastifyReply {
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': [
        "default-src 'none'",
        `style-src ${STYLE_HASH}`,
        `script-src ${SCRIPT_HASH}`,
        "base-uri 'none'",
        // Chromium judges redirects after a form as well: the provider may go on to another host, and comes back here.
        `form-action 'self' https: ${new URL(form.action).origin}`,
        "frame-ancestors 'none'",
      ].join('; '),
      'x-content-type-options': 'nosniff',
      // The provider may want to see who posts; the address of this page is nobody's.
      'referrer-policy': 'strict-origin',
      'x-frame-options': 'DENY',
    })
    .send(renderForm(form))
}

function renderForm({ action, parameters }: LogoutForm): string {
  const fields = parameters.map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Signing out</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Signing out</h1>
<p>You are signed out here. Your organization's sign-in service is next.</p>
<form method="post" action="${escapeHtml(action)}">
${fields.join('\n')}
<button>Continue</button>
</form>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`
}
