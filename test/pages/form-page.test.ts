import { createHash } from 'node:crypto'
import { test } from 'tap'
import { formPageHeaders, renderFormPage } from '../../src/pages/form-page.js'

const HOSTILE = `</title></style></form><script>alert(1)</script><img src=x onerror="alert(2)">&amp;'"`
const page = {
  title: 'Sending your form',
  message: 'It is on its way.',
  action: '/guestbook?page=2',
  fields: [['text', 'one\r\ntwo']],
  button: 'Send',
} as const
const hostile = {
  ...{ title: HOSTILE, message: HOSTILE, action: HOSTILE, encoding: HOSTILE, button: HOSTILE },
  fields: [[HOSTILE, HOSTILE]],
  wayOut: { href: HOSTILE, label: HOSTILE },
} as const

test('hostile strings appear only as text', async (t) => {
  const html = renderFormPage(hostile)
  t.notMatch(html, /<script|<img|onerror="/)
  for (const tag of [/<\/form>/g, /<\/style>/g, /<\/title>/g]) t.equal(html.match(tag)?.length, 1)
  t.equal(html.split('&lt;/title&gt;').length - 1, 10)
})

test('the policy allows exactly the style and the script of the page', async (t) => {
  const script = 'document.forms[0].submit()'
  for (const whole of [page, hostile, { ...page, script }]) {
    const html = renderFormPage(whole)
    const policy = formPageHeaders(whole, "'self'")['content-security-policy'] ?? ''
    for (const [, tag, text = ''] of html.matchAll(/<(style|script)>([\s\S]*?)<\/\1>/g)) {
      t.match(policy, `${tag}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`)
    }
    t.equal(policy.includes('script-src'), 'script' in whole)
    t.match(policy, "default-src 'none'; ")
    t.notMatch(policy, /unsafe|\*/)
  }
  t.match(
    formPageHeaders(page, "'self'")['content-security-policy'],
    "form-action 'self'; frame-ancestors 'none'",
  )
})

test('newlines survive the parser, and a field called _charset_ keeps its value', async (t) => {
  const html = renderFormPage({ ...page, fields: [...page.fields, ['_CHARSET_', 'UTF-8']] })
  t.match(html, '<input type="hidden" name="text" value="one&#13;&#10;two">')
  t.match(html, '<input type="text" hidden name="_CHARSET_" value="UTF-8">')
  t.notMatch(html, 'accept-charset')
  t.match(renderFormPage({ ...page, encoding: 'windows-1252' }), ' accept-charset="windows-1252">')
})
