import { createHash } from 'node:crypto'
import { test } from 'tap'
import { PAGE_HEADERS, renderPage } from '../../src/pages/render-page.js'

const HOSTILE = `</title></style><script>alert(1)</script><img src=x onerror="alert(2)">&amp;'"`
const ESCAPED =
  '&lt;/title&gt;&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&quot;alert(2)&quot;&gt;&amp;amp;&#39;&quot;'

const full = renderPage({
  title: 'No access',
  message: 'Please ask your administrator.',
  action: { href: '/oauth2/login?rd=/a&x=1', label: 'Sign in again' },
  reference: 'req-1',
})
const hostile = renderPage({
  title: HOSTILE,
  message: HOSTILE,
  action: { href: HOSTILE, label: HOSTILE },
  reference: HOSTILE,
})
const csp = PAGE_HEADERS['content-security-policy'] ?? ''

test('hostile strings appear only as text', async (t) => {
  t.equal(hostile.split(ESCAPED).length - 1, 6, 'title twice, message, href, label and reference')
  t.notMatch(hostile, /<script|<img|onerror="/)
  t.equal(hostile.match(/<\/style>/g)?.length, 1)
})

test('the policy allows exactly the style of the page', async (t) => {
  for (const html of [full, hostile]) {
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? ''
    const hash = createHash('sha256').update(style).digest('base64')
    t.ok(csp.includes(`style-src 'sha256-${hash}'`))
  }
  for (const directive of [
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ]) {
    t.ok(csp.split('; ').includes(directive), directive)
  }
  t.notMatch(csp, /unsafe|https?:|\*/)
})

test('a page is never stored, sniffed or framed, and passes no address on', async (t) => {
  t.match(PAGE_HEADERS, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
  })
})

test('a page needs nothing from the network and no script', async (t) => {
  t.notMatch(full, /https?:|\/\/|url\(|@import|<link|<script|<img|<iframe|\sstyle=|\son\w+=/i)
})

test('a page is a landmark with one heading, named like the document', async (t) => {
  t.match(full, /^<!doctype html>\n<html lang="en">/)
  t.same(full.match(/<h1>.*?<\/h1>/g), ['<h1>No access</h1>'])
  t.match(full, '<title>No access</title>')
  t.equal(full.match(/<main>/g)?.length, 1)
})

test('the action is a link and the reference is small print; both may be missing', async (t) => {
  t.match(full, '<a href="/oauth2/login?rd=/a&amp;x=1">Sign in again</a>')
  t.match(full, '<p class="reference">Reference <code>req-1</code></p>')
  t.notMatch(renderPage({ title: 'Not found', message: 'Nothing here.' }), /<a |class="reference"/)
})
