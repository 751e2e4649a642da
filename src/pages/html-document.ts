import { createHash } from 'node:crypto'

/** What may be loaded and done in a page of Doorward's; everything else is forbidden. */
interface DocumentPolicy {
  /** The only style sheet, inline. */
  readonly style: string
  /** The only script, inline. */
  readonly script?: string
  /** Where its forms may go, and be redirected; to this site where it is not said. */
  readonly formAction?: string
  /** `no-referrer` where it is not said. */
  readonly referrerPolicy?: string
  /** Whether another site may show it in a frame. */
  readonly isFramable?: boolean
}

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** For a form whose receiver may redirect it to whatever address, of any scheme. */
export const ANYWHERE = 'anywhere'

/** The headers of a page. */
export function documentHeaders({
  style,
  script,
  formAction = "'self'",
  referrerPolicy = 'no-referrer',
  isFramable = false,
}: DocumentPolicy): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    ...(script === undefined ? [] : [`script-src ${hashOf(script)}`]),
    "base-uri 'none'",
    ...(formAction === ANYWHERE ? [] : [`form-action ${formAction}`]),
    ...(isFramable ? [] : ["frame-ancestors 'none'"]),
  ]
  return Object.freeze({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': referrerPolicy,
    ...(isFramable ? {} : { 'x-frame-options': 'DENY' }),
  })
}

/** The parts of a page, all but the style as HTML. */
interface DocumentParts {
  readonly title: string
  readonly style: string
  readonly main: readonly string[]
  readonly script?: string
}

/** A complete HTML document; what goes in has been escaped. */
export function renderDocument({ title, style, main, script }: DocumentParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<main>
${main.join('\n')}
</main>${script === undefined ? '' : `\n<script>${script}</script>`}
</body>
</html>
`
}
