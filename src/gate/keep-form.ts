import type { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DoorwardError } from '../errors.js'
import { isOwnForm, wantsPage } from '../headers/navigation.js'
import { judgeReturnTo } from '../oidc/return-to.js'
import { holdsNul } from '../pages/form-fields.js'
import { requestBody } from '../request-body.js'
import type { Services } from '../services.js'
import type { StepUp } from '../step-up.js'
import type { StartLogin } from './challenge.js'

/** Bytes of a form's body. */
const LARGEST_FORM = 64 * 1024
/** How many times its bytes a form takes in the store, twice in base64. */
const SEALED = 2
const FORM = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i

/**
 * Keeps the form of a person who has no session (any more) for the length of a sign-in, which it starts; resolves
 * `undefined` for what is no such form, whose body is not read.
 *
 * It asks for no session cookie: a script of the same page may have met the end of the session first, which removes
 * the cookie, and a form of another site never brings one (SameSite=Lax). Since a form of anybody may be kept
 * therefore, there is a bound on them all.
 */
export const keepForm = ({ forms, limits }: Services, startLogin: StartLogin) =>
  async function keepForm(
    request: FastifyRequest,
    reply: FastifyReply,
    stepUp: StepUp | undefined,
  ): Promise<FastifyReply | undefined> {
    const { tenant, origin } = request.requireSite()
    const path = judgeReturnTo(request.raw.url ?? '/', origin)
    if (!tenant.config.keep_forms || !isForm(request) || path === undefined) return undefined
    const body = await readBody(requestBody(request.raw, reply.raw, limits))
    if (body === undefined || holdsNul(body)) {
      // What is left of the body is for nobody, and no next request can be found behind it.
      reply.header('connection', 'close')
      return undefined
    }
    // After the body has come: who only announces one takes no room.
    if (!forms.allows(tenant.id, SEALED * (path.length + body.length))) {
      request.log.info({ tenant: tenant.id }, 'a form was not kept: there are too many')
      return undefined
    }
    const isOwn = isOwnForm(request.headers, origin)
    const ticket = await forms.keep(tenant.id, {
      path,
      body: body.toString('base64'),
      is_own: isOwn,
      ...(request.endedUser === null ? {} : { user: request.endedUser }),
    })
    return startLogin(request, reply, { returnTo: path, stepUp, form: { ticket, isOwn } })
  }

/** Whether this is the form of a navigation, and not known to be too large. */
function isForm({ method, headers }: FastifyRequest): boolean {
  if (method !== 'POST' || !wantsPage(method, headers)) return false
  if (!FORM.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined) return false
  return Number(headers['content-length'] ?? 0) <= LARGEST_FORM
}

/** Resolves `undefined` for a body that turns out to be too large. */
async function readBody(arriving: Readable): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of arriving as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > LARGEST_FORM) return undefined
      chunks.push(chunk)
    }
  } catch (cause) {
    if (cause instanceof DoorwardError) throw cause
    throw new DoorwardError('malformed_request', { cause, reason: 'the form did not arrive whole' })
  }
  return Buffer.concat(chunks)
}
