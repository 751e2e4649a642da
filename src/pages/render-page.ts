import { createHash } from 'node:crypto'
import { escapeHtml } from './escape-html.js'
import { PAGE_STYLE } from './page-style.js'

/** What one of Doorward's own pages says. Plain text throughout: rendering escapes all of it. */
export interface Page {
  title: string
  message: string
  action?: { href: string; label: string }
  /** The request id, so that a person can name the request to whoever reads the log. */
  reference?: string
}

const STYLE_HASH = createHash('sha256').update(PAGE_STYLE).digest('base64')

/** Headers of every page. A route whose page may be framed (front-channel logout) must not use them. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  // The address of a page can hold an authorization code or a return path: no link may pass it on.
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
})

// A door left ajar; decoration, so assistive technology skips it. Drawn with attributes, which CSP allows.
const MARK =
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><path d="M3 20.5h3M18 20.5h3M6 20.5V3.5h12v17h-5"/><path d="M6 3.5l7 2.5v16.5l-7-2z" fill="currentColor" fill-opacity=".25"/><path d="M10.4 13v1"/></svg>'

/** A complete HTML document; works without script, images or anything else from the network. */
export function renderPage(page: Page): string {
  const title = escapeHtml(page.title)
  const parts = [MARK, `<h1>${title}</h1>`, `<p>${escapeHtml(page.message)}</p>`]
  if (page.action) {
    parts.push(`<a href="${escapeHtml(page.action.href)}">${escapeHtml(page.action.label)}</a>`)
  }
  if (page.reference) {
    parts.push(`<p class="reference">Reference <code>${escapeHtml(page.reference)}</code></p>`)
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${parts.join('\n')}
</main>
</body>
</html>
`
}
