import type { Sealer } from '../sealer.js'
import { formatSessionCookie, newSessionHandle, parseSessionCookie, type SessionHandle } from './cookie.js'
import { type Lifetimes, type Session, timeToLive } from './session.js'
import type { SessionStore } from './store.js'

/** Whose session it is and how long it may live: what every operation needs of a tenant. */
export interface SessionOwner {
  readonly id: string
  readonly lifetimes: Lifetimes
}

/** A session together with the half of its key that only its browser has. */
export interface OpenSession {
  readonly key: SessionHandle
  readonly session: Session
}

/** Sessions of all tenants. Every method rejects with `session_store_unavailable` when the store is down. */
export interface Sessions {
  /** Begins a session under a new id and resolves it with the value of its cookie. */
  create(
    owner: SessionOwner,
    content: Omit<Session, 'id' | 'created_at'>,
  ): Promise<OpenSession & { cookie: string }>
  /** Resolves `undefined` when the cookie opens no living session of this tenant. */
  open(owner: SessionOwner, cookie: string): Promise<OpenSession | undefined>
  /** Reads a session again; `undefined` when it has ended in the meantime. */
  reopen(owner: SessionOwner, key: SessionHandle): Promise<OpenSession | undefined>
  /** Writes a changed session; `false` when it has ended in the meantime, so that a logout wins over a refresh. */
  save(owner: SessionOwner, changed: OpenSession): Promise<boolean>
  /** Notes that the session was used. */
  touch(owner: SessionOwner, used: OpenSession): Promise<void>
  /** Lets a session that a new login has replaced live for its requests in flight only; its listeners hear of it. */
  retire(owner: SessionOwner, replaced: OpenSession): Promise<void>
  /** Ends a session and the one it has replaced; listeners hear of it when they are gone from the store. */
  end(owner: SessionOwner, ended: OpenSession): Promise<void>
  /** Calls the listener with the id of each session that this process ends or retires. */
  onEnd(listener: (id: string) => void): void
}

interface SessionsOptions {
  readonly store: SessionStore
  readonly sealer: Sealer
  readonly now: () => number
}

/** Milliseconds for requests that left the browser before it had the cookie of its next session. */
const RETIREMENT = 30_000
/** A session is touched this many times per idle timeout at the most. */
const TOUCHES_PER_IDLE_TIMEOUT = 20
const REMEMBERED_TOUCHES = 100_000

/** Builds the sessions over a store. */
export function createSessions({ store, sealer, now }: SessionsOptions): Sessions {
  const touched = new Map<string, number>()
  const listeners: ((id: string) => void)[] = []

  const recordName = (owner: SessionOwner, { id }: Pick<SessionHandle, 'id'>) => `session:${owner.id}:${id}`
  const sealing = (owner: SessionOwner, key: SessionHandle) =>
    ({ purpose: 'session', context: [owner.id, key.id], secret: key.secret }) as const
  const seal = (owner: SessionOwner, { key, session }: OpenSession) =>
    sealer.seal(JSON.stringify(session), sealing(owner, key))

  const reopen: Sessions['reopen'] = async (owner, key) => {
    const sealed = await store.get(recordName(owner, key))
    const text = sealed === undefined ? undefined : sealer.open(sealed, sealing(owner, key))
    if (text === undefined) return undefined
    const session = JSON.parse(text) as Session
    return timeToLive(session, owner.lifetimes, now()) > 0 ? { key, session } : undefined
  }

  const save: Sessions['save'] = async (owner, changed) => {
    const ttl = timeToLive(changed.session, owner.lifetimes, now())
    const isAlive =
      ttl > 0 && (await store.replace(recordName(owner, changed.key), seal(owner, changed), ttl))
    if (!isAlive) announce(changed.key.id)
    return isAlive
  }

  const announce = (id: string): void => {
    touched.delete(id)
    for (const listener of listeners) listener(id)
  }

  return {
    reopen,
    async create(owner, content) {
      const key = newSessionHandle()
      const session: Session = { ...content, id: key.id, created_at: now() }
      const ttl = timeToLive(session, owner.lifetimes, now())
      await store.set(recordName(owner, key), seal(owner, { key, session }), ttl)
      return { key, session, cookie: formatSessionCookie(key) }
    },
    async open(owner, cookie) {
      const key = parseSessionCookie(cookie)
      return key && reopen(owner, key)
    },
    save,
    async touch(owner, { key, session }) {
      const last = touched.get(key.id) ?? session.created_at
      if (now() - last < owner.lifetimes.idle_timeout / TOUCHES_PER_IDLE_TIMEOUT) return
      if (touched.size >= REMEMBERED_TOUCHES) touched.clear()
      touched.set(key.id, now())
      await store.touch(recordName(owner, key), timeToLive(session, owner.lifetimes, now()))
    },
    async retire(owner, { key, session }) {
      await save(owner, { key, session: { ...session, retires_at: now() + RETIREMENT } })
      announce(key.id)
    },
    async end(owner, { key, session }) {
      const ids = [key.id, ...(session.predecessor === undefined ? [] : [session.predecessor])]
      await Promise.all(ids.map((id) => store.delete(recordName(owner, { id }))))
      ids.forEach(announce)
    },
    onEnd(listener) {
      listeners.push(listener)
    },
  }
}
