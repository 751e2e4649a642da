import { DoorwardError } from '../errors.js'
import type { Sealer } from '../sealer.js'
import { newSessionCookie, parseSessionCookie, type SessionHandle } from './cookie.js'
import { createCutOffs } from './cut-offs.js'
import { isMadeBy, type Session, type SessionOwner, timeToLive } from './session.js'
import { createSessionCache } from './session-cache.js'
import { createSessionIndex } from './session-index.js'
import { createSessionRecords, idOfRecord } from './session-records.js'
import { type SessionSubject, subjectsOf } from './session-subject.js'
import type { SessionStore } from './store.js'
import { createTouches, touchInterval } from './touches.js'

export type { SessionOwner } from './session.js'

/** A session together with the half of its key that only its browser has. */
export interface OpenSession {
  readonly key: SessionHandle
  readonly session: Session
  /** Of the record in the store; it changes with every write. */
  readonly version: string
}

/** A session as those may know it who do not have its cookie. */
export interface SessionSummary {
  readonly id: string
  /** Milliseconds until it ends if nobody uses it. */
  readonly idle_left: number
}

/** Sessions of all tenants. Every method rejects with `session_store_unavailable` when the store is down. */
export interface Sessions {
  /**
   * Begins a session under a new id, with tokens of this moment, and resolves it with the value of its cookie. Rejects
   * with `invalid_callback` when a logout has cut off what began at `loginBegunAt` (milliseconds since the epoch; this
   * moment where it is not said).
   */
  create(
    owner: SessionOwner,
    content: Omit<Session, 'id' | 'client' | 'created_at' | 'refreshed_at'>,
    loginBegunAt?: number,
  ): Promise<OpenSession & { cookie: string }>
  /** The living session of a cookie where this process knows it; `undefined` says nothing: `open` it. */
  known(owner: SessionOwner, cookie: string): OpenSession | undefined
  /**
   * Resolves `undefined` when the cookie opens no living session of this tenant. What other processes did is known
   * here within moments, what this one did at once.
   */
  open(owner: SessionOwner, cookie: string): Promise<OpenSession | undefined>
  /** Reads a session from the store; `undefined` when it has ended. */
  reopen(owner: SessionOwner, key: SessionHandle): Promise<OpenSession | undefined>
  /**
   * Changes a session as the store has it, whoever else changes it at the same time: `change` is asked again until
   * nobody was faster, and returns `undefined` to leave it as it is. Resolves `undefined` when the session has ended,
   * so that a sign-out wins over whatever is under way.
   */
  update(
    owner: SessionOwner,
    key: SessionHandle,
    change: (latest: Session) => Session | undefined,
  ): Promise<OpenSession | undefined>
  /** Notes that the session was used: a write now and then, otherwise `undefined`. */
  touch(owner: SessionOwner, used: OpenSession): Promise<void> | undefined
  /** Lets a session that a new login has replaced live for its requests in flight only. */
  retire(owner: SessionOwner, replaced: OpenSession): Promise<void>
  /** Ends a session and the one that it has replaced. */
  end(owner: SessionOwner, ended: OpenSession): Promise<void>
  /** Ends a session that nobody has changed since it was opened; `false` when somebody has, or when it has ended. */
  endUnchanged(owner: SessionOwner, opened: OpenSession): Promise<boolean>
  /** Ends a session by its id, without its cookie; `false` when there was none. */
  endById(owner: SessionOwner, id: string): Promise<boolean>
  /**
   * Cuts off what has begun before, for a logout that is about to `find` the sessions to end: sign-ins that are under
   * way make none, and a refresh that brings the name of somebody who is meant ends its session.
   */
  cutOff(owner: SessionOwner, subjects: readonly SessionSubject[]): Promise<void>
  /** The living sessions of a person or of a sign-in. */
  find(owner: SessionOwner, subject: SessionSubject): Promise<SessionSummary[]>
  /** Milliseconds until a session ends if nobody uses it; `undefined` when it has ended. */
  idleLeft(owner: SessionOwner, id: string): Promise<number | undefined>
  /** How many opened sessions this process keeps at the moment. */
  cached(): number
  /** Calls the listener with the id of a session that may have changed or ended, wherever that was done; without one when any may have. */
  onChange(listener: (id: string | undefined) => void): void
}

interface SessionsOptions {
  readonly store: SessionStore
  readonly sealer: Sealer
  readonly now: () => number
  /** Opened sessions that this process keeps; 0 keeps none. */
  readonly cache: number
}

/** Milliseconds for requests that left the browser before it had the cookie of its next session. */
const RETIREMENT = 30_000
/** Of somebody with very many sessions: the store has others to answer as well. */
const LOOKUPS_AT_ONCE = 200

/** Builds the sessions over a store. */
export function createSessions({ store, sealer, now, cache: capacity }: SessionsOptions): Sessions {
  const records = createSessionRecords(store, sealer)
  const cache = createSessionCache({ store, now, capacity })
  const index = createSessionIndex(store, sealer)
  const cutOffs = createCutOffs(store, sealer, now)
  const touches = createTouches({ store, records, index, now })

  const timeLeft = (owner: SessionOwner, session: Session) =>
    isMadeBy(owner, session) ? timeToLive(session, owner.lifetimes, now()) : 0
  const idleLeft: Sessions['idleLeft'] = (owner, id) => store.timeLeft(records.name(owner.id, id))

  const reopen: Sessions['reopen'] = async (owner, key) => {
    const record = await records.read(owner.id, key)
    return record && timeLeft(owner, record.session) > 0 ? { key, ...record } : undefined
  }

  // What stays in the index is found to be over, and goes at the end of its time.
  const strike = (owner: SessionOwner, session: Session) =>
    index.strike(owner.id, session).catch(() => undefined)

  async function remove(owner: SessionOwner, session: Session): Promise<void> {
    await store.delete(records.name(owner.id, session.id))
    await strike(owner, session)
  }

  // A logout under a name that the session did not have has not found it, if it came while the name was on its way.
  async function isCutOff(owner: SessionOwner, session: Session, before: Session): Promise<boolean> {
    const known = new Set(subjectsOf(before).map((subject) => JSON.stringify(subject)))
    const added = subjectsOf(session).filter((subject) => !known.has(JSON.stringify(subject)))
    if (added.length === 0) return false
    if (!(await cutOffs.happenedWithin(owner.id, added, now() - session.created_at))) return false
    await remove(owner, session)
    return true
  }

  const entryOf = (owner: SessionOwner, cookie: string) => `${owner.id} ${cookie}`
  const known: Sessions['known'] = (owner, cookie) => {
    const found = cache.find(entryOf(owner, cookie))
    return found !== undefined && timeLeft(owner, found.session) > 0 ? found : undefined
  }

  const update: Sessions['update'] = async (owner, key, change) => {
    for (;;) {
      const latest = await reopen(owner, key)
      const session = latest && change(latest.session)
      if (latest === undefined || session === undefined) return latest
      const ttl = timeLeft(owner, session)
      if (ttl <= 0) return undefined
      // Before the record, so that there is no moment in which a living session cannot be found.
      await index.enter(owner.id, session, ttl)
      const { text, version } = records.seal(owner.id, key, session)
      if (await store.swap(records.name(owner.id, key.id), latest.version, text, ttl)) {
        // Whom it belonged to before, as by another mail address, has nothing to do with it any more.
        await index.strike(owner.id, latest.session, session).catch(() => undefined)
        return (await isCutOff(owner, session, latest.session)) ? undefined : { key, session, version }
      }
    }
  }

  return {
    ...{ reopen, update, idleLeft },
    async create(owner, content, loginBegunAt = now()) {
      const { key, cookie } = newSessionCookie()
      const begun = now()
      const [client] = owner.clients
      const session: Session = { ...content, id: key.id, client, created_at: begun, refreshed_at: begun }
      const ttl = timeLeft(owner, session)
      const { text, version } = records.seal(owner.id, key, session)
      await index.enter(owner.id, session, ttl)
      await store.set(records.name(owner.id, key.id), text, ttl)
      // After the record, so that a logout which comes too late to be noticed here has found it.
      const isCut = await cutOffs
        .happenedWithin(owner.id, subjectsOf(session), now() - loginBegunAt)
        .catch(async (error: unknown) => {
          // Nobody will have its cookie.
          await remove(owner, session).catch(() => undefined)
          throw error
        })
      if (isCut) {
        await remove(owner, session)
        throw new DoorwardError('invalid_callback', {
          reason: 'a logout came while this login was under way',
        })
      }
      return { key, session, version, cookie }
    },
    cutOff: ({ id }, subjects) => cutOffs.set(id, subjects),
    known,
    async open(owner, cookie) {
      const found = known(owner, cookie)
      if (found !== undefined) return found
      const key = parseSessionCookie(cookie)
      if (key === undefined) return undefined
      const place = { record: records.name(owner.id, key.id), entry: entryOf(owner, cookie) }
      const opened = await cache.load(place, touchInterval(owner), () => reopen(owner, key))
      // Who has begun under another configuration, and shares this, may have asked for another client's.
      return opened && timeLeft(owner, opened.session) > 0 ? opened : undefined
    },
    touch: touches.note,
    async retire(owner, { key }) {
      await update(owner, key, (session) => ({ ...session, retires_at: now() + RETIREMENT }))
    },
    async end(owner, { key, session }) {
      const ids = [key.id, ...(session.predecessor === undefined ? [] : [session.predecessor])]
      await Promise.all(ids.map((id) => store.delete(records.name(owner.id, id))))
      touches.forget(key.id)
      await strike(owner, session)
    },
    async endUnchanged(owner, { key, session, version }) {
      const isEnded = await store.remove(records.name(owner.id, key.id), version)
      if (isEnded) await strike(owner, session)
      return isEnded
    },
    async endById(owner, id) {
      const existed = (await idleLeft(owner, id)) !== undefined
      await store.delete(records.name(owner.id, id))
      return existed
    },
    async find(owner, subject) {
      const ids = await index.find(owner.id, subject)
      const found: SessionSummary[] = []
      while (ids.length > 0) {
        const summaries = ids
          .splice(0, LOOKUPS_AT_ONCE)
          .map(async (id) => ({ id, left: await idleLeft(owner, id) }))
        for (const { id, left } of await Promise.all(summaries)) {
          if (left !== undefined) found.push({ id, idle_left: left })
        }
      }
      return found
    },
    cached: () => cache.size(),
    onChange(listener) {
      store.onChange((record) => {
        const id = record && idOfRecord(record)
        if (record === undefined || id !== undefined) listener(id)
      })
    },
  }
}
