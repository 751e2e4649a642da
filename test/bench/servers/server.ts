/** A server under test, as the load generator meets it. */
export interface Server {
  readonly name: string
  readonly pid: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** A file of hosts and cookies, one pair a line, that take turns in the place of those of the headers. */
  readonly cookieFile?: string
}

/** What the plain proxies are started with. */
export interface PlainProxyOptions {
  /** `http://127.0.0.1:PORT` */
  readonly upstream: string
  readonly port: number
}

/** A cookie as long as a real one, so that every server reads a request of the same size. */
export const UNREAD_COOKIE = `doorward=${'x'.repeat(22)}.${'x'.repeat(43)}`
