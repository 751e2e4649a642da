import { escapeHtml } from './escape-html.js'
import { documentHeaders, renderDocument } from './html-document.js'
import { PAGE_STYLE } from './page-style.js'

/** What one of Doorward's own pages says. Plain text throughout: rendering escapes all of it. */
export interface Page {
  title: string
  message: string
  action?: { href: string; label: string }
  /** The request id, so that a person can name the request to whoever reads the log. */
  reference?: string
}

/**
 * Headers of every page. The address of one can hold an authorization code or a return path: no link may pass it on.
 */
export const PAGE_HEADERS = documentHeaders({ style: PAGE_STYLE })

/** Headers of a page that the provider shows in a frame of its own (front-channel logout). */
export const FRAMABLE_PAGE_HEADERS = documentHeaders({ style: PAGE_STYLE, isFramable: true })

/** A door left ajar; decoration, so assistive technology skips it. Drawn with attributes, which CSP allows. */
export const MARK =
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
  return renderDocument({ title, style: PAGE_STYLE, main: parts })
}
