import type { FastifyReply } from 'fastify'
import { readFormFields } from '../pages/form-fields.js'
import { formPageHeaders, renderFormPage } from '../pages/form-page.js'
import { ANYWHERE } from '../pages/html-document.js'
import { PAGE_HEADERS, renderPage } from '../pages/render-page.js'
import type { KeptForm } from '../session/kept-forms.js'

/** Scripts may have given a form fields without a name, which no markup can; a field may be called `submit`. */
const SCRIPT = `document.addEventListener('formdata', ({ formData }) => {
  const fields = [...document.querySelectorAll('input')]
  if (fields.every(({ name }) => name !== '')) return
  for (const name of new Set(fields.map(({ name }) => name))) formData.delete(name)
  for (const { name, value } of fields) formData.append(name, value)
})
document.querySelector('button').disabled = true
HTMLFormElement.prototype.submit.call(document.forms[0])`

/**
 * Answers a login with a page that sends the kept form once more, as a form of the site itself. By itself it does so
 * only where the site's own page has sent it and nobody else has signed in: what another site has prepared would
 * otherwise be done in the person's name without their doing anything (cross-site request forgery).
 */
export function sendForm(reply: FastifyReply, form: KeptForm, user: string): FastifyReply {
  const { encoding, fields } = readFormFields(Buffer.from(form.body, 'base64'))
  const isOthers = form.user !== undefined && form.user !== user
  const question = isOthers ? OTHERS_FORM : form.is_own ? undefined : FOREIGN_FORM
  const page = {
    ...(question ?? OWN_FORM),
    action: form.path,
    ...(encoding === 'windows-1252' ? { encoding } : {}),
    fields,
    button: 'Send',
  }
  // No form-action: the application may answer with a redirect to wherever it likes, as it could when it had sent the
  // page of the form.
  return reply.headers(formPageHeaders(page, ANYWHERE)).send(renderFormPage(page))
}

const OWN_FORM = {
  title: 'Sending your form',
  message: 'You are signed in again, and what you had filled in is on its way.',
  script: SCRIPT,
}

const DISCARD = { href: '/', label: 'Do not send' }

const FOREIGN_FORM = {
  title: 'Send this form?',
  message:
    'You are signed in. A form is waiting that may come from another site. Send it only if that is what you want.',
  wayOut: DISCARD,
}

const OTHERS_FORM = {
  title: 'Send this form?',
  message:
    'You are signed in. A form is waiting that somebody else had filled in before. Send it only if that is what you want.',
  wayOut: DISCARD,
}

/** Tells who has signed in that the form is not there any more; `returnTo` is judged. */
export function tellLostForm(reply: FastifyReply, returnTo: string): FastifyReply {
  const page = {
    title: 'Your form was not sent',
    message:
      'You are signed in again, but what you had filled in was lost meanwhile. Please send it once more.',
    action: { href: returnTo, label: 'Continue' },
  }
  return reply.headers(PAGE_HEADERS).send(renderPage(page))
}
