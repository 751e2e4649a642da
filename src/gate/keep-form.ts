import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DoorwardError } from '../errors.js'
import { isOwnForm, wantsPage } from '../headers/navigation.js'
import { judgeReturnTo } from '../oidc/return-to.js'
import { holdsNul } from '../pages/form-fields.js'
import type { Services } from '../services.js'
import type { StepUp } from '../step-up.js'
import type { StartLogin } from './challenge.js'

/** Bytes of a form's body. */
const LARGEST_FORM = 64 * 1024
const FORM = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i

/**
 * Keeps the form of a person who has no session (any more) for the length of a sign-in, which it starts; resolves
 * `undefined` for what is no such form, whose body is not read.
 *
 * It asks for no session cookie: a script of the same page may have met the end of the session first, which removes
 * the cookie, and a form of another site never brings one (SameSite=Lax). Since a form of anybody may be kept
 * therefore, there is a bound on them all.
 */
export const keepForm = ({ forms }: Services, startLogin: StartLogin) =>
  async function keepForm(
    request: FastifyRequest,
    reply: FastifyReply,
    stepUp: StepUp | undefined,
  ): Promise<FastifyReply | undefined> {
    const { tenant, origin } = request.requireSite()
    const size = sizeOfForm(request)
    const path = judgeReturnTo(request.raw.url ?? '/', origin)
    if (!tenant.config.keep_forms || size === undefined || path === undefined) return undefined
    if (!forms.allows(tenant.id, size)) {
      request.log.info({ tenant: tenant.id }, 'a form was not kept: there are too many')
      return undefined
    }
    const body = await readBody(request.raw)
    if (body === undefined || holdsNul(body)) {
      // What is left of the body is for nobody, and no next request can be found behind it.
      reply.header('connection', 'close')
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

/** Bytes to make room for; `undefined` where this is no form of a navigation, or one that is too large. */
function sizeOfForm({ method, headers }: FastifyRequest): number | undefined {
  if (method !== 'POST' || !wantsPage(method, headers)) return undefined
  if (!FORM.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined) return undefined
  const coding = headers['transfer-encoding']
  // RFC 9112 §6.1: Node undoes the chunks, and nothing else.
  if (coding !== undefined) return coding.toLowerCase() === 'chunked' ? LARGEST_FORM : undefined
  const length = Number(headers['content-length'] ?? 0)
  return length <= LARGEST_FORM ? length : undefined
}

/** Resolves `undefined` for a body that turns out to be too large. */
async function readBody(raw: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > LARGEST_FORM) return undefined
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new DoorwardError('malformed_request', { cause, reason: 'the form did not arrive whole' })
  }
  return Buffer.concat(chunks)
}
