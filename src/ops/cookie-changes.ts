import fastifyCookie from '@fastify/cookie'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { type CookieChange, cookieAttributes } from '../cookies.js'

declare module 'fastify' {
  interface FastifyReply {
    /** Sets and deletes Doorward's cookies of an origin. */
    changeCookies(origin: string, changes: readonly CookieChange[]): FastifyReply
  }
}

/** Teaches replies to change Doorward's cookies, each with all of its attributes. */
export const cookieChanges = fp(
  async function cookieChanges(app) {
    // The gate splits the Cookie header itself: it must see doubles and keep the application's cookies as they are.
    await app.register(fastifyCookie, { hook: false })
    app.decorateReply('changeCookies', function changeCookies(this: FastifyReply, origin, changes) {
      for (const { name, value, maxAge } of changes) {
        const attributes = cookieAttributes(origin)
        if (value === undefined) this.setCookie(name, '', { ...attributes, maxAge: 0, expires: new Date(0) })
        else this.setCookie(name, value, { ...attributes, ...(maxAge === undefined ? {} : { maxAge }) })
      }
      return this
    })
  },
  { name: 'cookie-changes' },
)
