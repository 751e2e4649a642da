import fastifyCookie from '@fastify/cookie'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { type CookieChange, cookieAttributes } from '../cookies.js'

declare module 'fastify' {
  interface FastifyReply {
    /** Sets and deletes Doorward's cookies of an origin. */
    changeCookies(origin: string, changes: readonly CookieChange[]): FastifyReply
    /** The changes so far as raw headers, for an answer that does not leave by way of Fastify; `null` without any. */
    cookieHeaders: string[] | null
  }
}

/** Teaches replies to change Doorward's cookies, each with all of its attributes. */
export const cookieChanges = fp(
  async function cookieChanges(app) {
    // The gate splits the Cookie header itself: it must see doubles and keep the application's cookies as they are.
    await app.register(fastifyCookie, { hook: false })
    app.decorateReply('cookieHeaders', null)
    app.decorateReply('changeCookies', function changeCookies(this: FastifyReply, origin, changes) {
      for (const change of changes) {
        const options = { ...cookieAttributes(origin), ...lifeOf(change) }
        this.setCookie(change.name, change.value ?? '', options)
        this.cookieHeaders ??= []
        this.cookieHeaders.push('Set-Cookie', app.serializeCookie(change.name, change.value ?? '', options))
      }
      return this
    })
  },
  { name: 'cookie-changes' },
)

function lifeOf({ value, maxAge }: CookieChange): { maxAge?: number; expires?: Date } {
  if (value === undefined) return { maxAge: 0, expires: new Date(0) }
  return maxAge === undefined ? {} : { maxAge }
}
