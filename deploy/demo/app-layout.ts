import { escapeHtml } from '../../src/pages/escape-html.js'
import type { Visitor } from './app-visitor.js'

const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f4f0; --card: #ffffff; --line: #e5e0d8; --text: #211d18; --soft: #655d52;
  --accent: #0f6b5c; --on-accent: #ffffff; --tint: #e4f1ee;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #141311; --card: #1e1c19; --line: #35322d; --text: #f2efe9; --soft: #b1a99d;
    --accent: #6fd3c0; --on-accent: #06251f; --tint: #1d332e;
  }
}
* { box-sizing: border-box; margin: 0; }
body { background: var(--ground); color: var(--text); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header, main { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; }
header strong { font-size: 1.125rem; letter-spacing: -.01em; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; flex: 1; }
a { color: var(--accent); text-underline-offset: .2em; }
nav a { text-decoration: none; padding: .25rem 0; }
nav a[aria-current] { border-bottom: 2px solid; }
.badge { padding: .125rem .625rem; border-radius: 1rem; background: var(--tint); color: var(--accent); font-size: .875rem; font-weight: 600; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -.02em; }
h2 { font-size: 1.0625rem; margin-bottom: .75rem; }
.lead { margin: .5rem 0 1.5rem; color: var(--soft); }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); }
section { padding: 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .875rem; overflow-wrap: anywhere; }
.wide { grid-column: 1 / -1; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .5rem .75rem .5rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
tr:first-child > * { border-top: 0; }
th { width: 18rem; font-weight: 500; color: var(--soft); }
code { font: .875em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.count { display: flex; align-items: baseline; gap: .625rem; }
.count output { font-size: 2.25rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.3; }
.quiet { color: var(--soft); font-size: .9375rem; }
form { display: flex; flex-wrap: wrap; gap: .625rem; margin-bottom: 1rem; }
label { flex-basis: 100%; color: var(--soft); font-size: .9375rem; }
input, button { font: inherit; padding: .5rem .875rem; border-radius: .5rem; border: 1px solid var(--line); }
input { flex: 1 1 12rem; min-width: 0; background: var(--ground); color: inherit; border-color: var(--soft); }
button { background: var(--accent); color: var(--on-accent); border-color: var(--accent); font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
ul { list-style: none; padding: 0; }
li { padding: .625rem 0; border-top: 1px solid var(--line); }
@media (max-width: 36rem) {
  nav { order: 1; flex-basis: 100%; }
  .badge { margin-left: auto; }
  th, td { display: block; width: auto; padding: 0; border: 0; }
  tr { display: block; padding: .5rem 0; border-top: 1px solid var(--line); }
  tr:first-child { border-top: 0; }
}
`

const NAVIGATION: ReadonlyArray<readonly [href: string, label: string]> = [
  ['/', 'Home'],
  ['/guestbook', 'Guestbook'],
  ['/reports/2026?quarter=3', 'Report'],
]

/** Wraps a page's content, which must be escaped already, in the look of the app. */
export function layOut(title: string, current: string, visitor: Visitor, content: string): string {
  const links = NAVIGATION.map(([href, label]) => {
    const here = href.split('?')[0] === current ? ' aria-current="page"' : ''
    return `<a href="${escapeHtml(href)}"${here}>${label}</a>`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Intranet</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header>
<strong>Intranet</strong>
<nav aria-label="Pages">${links.join('')}</nav>
<span class="badge">${escapeHtml(visitor.tenant ?? 'no tenant')}</span>
<a href="/oauth2/logout">Sign out</a>
</header>
<main>
${content}
</main>
</body>
</html>
`
}
