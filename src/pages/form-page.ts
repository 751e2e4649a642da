import { escapeHtml } from './escape-html.js'
import { documentHeaders, renderDocument } from './html-document.js'
import { PAGE_STYLE } from './page-style.js'
import { MARK } from './render-page.js'

/** A page that sends a form. Plain text throughout: rendering escapes all of it. */
export interface FormPage {
  readonly title: string
  readonly message: string
  readonly action: string
  /** The encoding of what is sent; that of the page, UTF-8, where not said. */
  readonly encoding?: string
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly button: string
  /** A way out that sends nothing. */
  readonly wayOut?: { readonly href: string; readonly label: string }
  /** Makes the page send its form by itself; where no script runs, the button does. */
  readonly script?: string
}

const STYLE = `${PAGE_STYLE}
form { display: flex; flex-wrap: wrap; gap: 0 .75rem; }
button {
  margin-top: 1.5rem; padding: .625rem 1.25rem; border: 0; border-radius: .625rem; cursor: pointer;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600;
}
button:hover { background: var(--accent-hover); }
button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
button:disabled { opacity: .6; cursor: default; }
form a { background: var(--tint); color: var(--text); }
form a:hover { background: var(--line); }
@media (forced-colors: active) { button { border: 1px solid; } }
`

/** Headers of a page that sends a form; `formAction` as in `documentHeaders`. */
export function formPageHeaders({ script }: FormPage, formAction: string): Readonly<Record<string, string>> {
  return documentHeaders({
    style: STYLE,
    ...(script === undefined ? {} : { script }),
    formAction,
    // Who gets the form may want to see who posts (without a referrer, `Origin` is `null`); the address of this page
    // is nobody's.
    referrerPolicy: 'strict-origin',
  })
}

/** A complete HTML document; it needs nothing from the network. */
export function renderFormPage(page: FormPage): string {
  const { title, message, action, encoding, fields, button, wayOut, script } = page
  const charset = encoding === undefined ? '' : ` accept-charset="${escapeHtml(encoding)}"`
  const main = [
    MARK,
    `<h1>${escapeHtml(title)}</h1>`,
    `<p>${escapeHtml(message)}</p>`,
    `<form method="post" action="${escapeHtml(action)}"${charset}>`,
    ...fields.map(renderField),
    `<button>${escapeHtml(button)}</button>`,
    ...(wayOut ? [`<a href="${escapeHtml(wayOut.href)}">${escapeHtml(wayOut.label)}</a>`] : []),
    '</form>',
  ]
  return renderDocument({
    title: escapeHtml(title),
    style: STYLE,
    main,
    ...(script === undefined ? {} : { script }),
  })
}

// HTML Standard §4.10.21.4: a hidden field of the name _charset_ would get another value, any other type keeps it.
// Its parser makes one newline of both kinds, so they are written as references.
function renderField([name, value]: readonly [string, string]): string {
  const type = /^_charset_$/i.test(name) ? 'type="text" hidden' : 'type="hidden"'
  return `<input ${type} name="${escapeField(name)}" value="${escapeField(value)}">`
}

const escapeField = (text: string): string =>
  escapeHtml(text).replaceAll('\r', '&#13;').replaceAll('\n', '&#10;')
