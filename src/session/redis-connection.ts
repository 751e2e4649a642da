import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Heartbeat } from './redis-heartbeat.js'
import type { OnInvalidate, OpenLink, RedisCommands, RedisLink } from './redis-link.js'

/** What the connection tells the operator: every change of state once, not every failed attempt. */
export interface ConnectionReporter {
  lost(error: Error): void
  restored(): void
}

const LONGEST_BACKOFF = 2000
/** Milliseconds after which a loss counts as the first one. */
const STABLE = 5000
/** Milliseconds; who waits longer for an answer has waited for nobody. */
const RETIREMENT = 2000
/** Redis 6 says it somewhere within the error of a script. */
const NOT_IN_CHARGE = /\bREADONLY\b|^MASTERDOWN/

const backoff = (failures: number): number =>
  Math.min(50 * 2 ** failures, LONGEST_BACKOFF) * (1 + Math.random() / 4)

/** Keeps a store connected: opens a link, notices its loss, opens another, and never queues what meanwhile comes. */
export class RedisConnection {
  readonly #open: OpenLink
  readonly #report: ConnectionReporter
  readonly #closing = new AbortController()
  readonly #listeners: OnInvalidate[] = []
  readonly #running: Promise<void>
  readonly #firstAttempt: Promise<void>
  #endFirstAttempt: () => void = () => undefined
  #link: RedisLink | undefined
  #heartbeat: Heartbeat | undefined
  #isReportedLost = false

  constructor(open: OpenLink, report: ConnectionReporter) {
    this.#open = open
    this.#report = report
    setMaxListeners(0, this.#closing.signal)
    this.#firstAttempt = new Promise((resolve) => {
      this.#endFirstAttempt = resolve
    })
    this.#running = this.#run()
  }

  /** The commands; throws while there is nobody to send them to. */
  get commands(): RedisCommands {
    if (this.#link === undefined) throw new Error('not connected')
    return this.#link.commands
  }

  /** Calls the listener with each changed key, and with `undefined` when the news of some may have been missed. */
  onChange(listener: OnInvalidate): void {
    this.#listeners.push(listener)
  }

  /** Whether every change up to a moment ago has been told. */
  isWatching(): boolean {
    return this.#heartbeat?.isFresh() ?? false
  }

  /** Takes the error of a command for what it says about the server. */
  suspect(error: unknown): void {
    if (error instanceof Error && NOT_IN_CHARGE.test(error.message)) this.#link?.fail(error)
  }

  /** Waits for the first attempt to connect, so that nobody is told at the start that the store is down. */
  async ping(): Promise<void> {
    await this.#firstAttempt
    if (this.#link === undefined) throw new Error('not connected')
    await this.#link.ping()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#stopHeartbeat()
    this.#link?.close()
    this.#link = undefined
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    for (let failures = 0; !signal.aborted; failures += 1) {
      const begun = performance.now()
      const error = await this.#connectOnce().catch((error: Error) => error)
      this.#endFirstAttempt()
      if (signal.aborted) return
      if (!this.#isReportedLost) this.#report.lost(error)
      this.#isReportedLost = true
      if (performance.now() - begun > STABLE) failures = 0
      await sleep(backoff(failures), undefined, { signal }).catch(() => undefined)
    }
  }

  /** Opens a link and resolves with why it was lost. */
  async #connectOnce(): Promise<Error> {
    const link = await this.#open(this.#tell, this.#closing.signal)
    const coverage = link.coverage()
    if (this.#closing.signal.aborted || (coverage < 1 && coverage <= (this.#link?.coverage() ?? 0))) {
      link.close()
      return await link.lost
    }
    this.#adopt(link)
    this.#endFirstAttempt()
    const error = await link.lost
    this.#stopHeartbeat()
    if (link.coverage() === 0) {
      this.#link = undefined
      link.close()
    }
    this.#tell(undefined)
    return error
  }

  #adopt(link: RedisLink): void {
    if (this.#link !== undefined) this.#retire(this.#link)
    this.#link = link
    if (link.coverage() === 1) {
      this.#heartbeat = new Heartbeat(link)
      if (this.#isReportedLost) this.#report.restored()
      this.#isReportedLost = false
    }
    this.#tell(undefined)
  }

  /** Lets what is under way come to its end. */
  async #retire(link: RedisLink): Promise<void> {
    await sleep(RETIREMENT, undefined, { signal: this.#closing.signal }).catch(() => undefined)
    link.close()
  }

  #stopHeartbeat(): void {
    this.#heartbeat?.stop()
    this.#heartbeat = undefined
  }

  readonly #tell: OnInvalidate = (key) => {
    for (const listener of this.#listeners) listener(key)
  }
}
