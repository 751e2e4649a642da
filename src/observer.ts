import type { ErrorCode } from './errors.js'

/** How a request ended: what became of it, or the error that it was refused with. A closed set. */
export type RequestOutcome =
  /** The app's answer went to the client. */
  | 'forwarded'
  /** The app has opened a WebSocket. */
  | 'websocket'
  /** The client left before there was an answer. */
  | 'abandoned'
  /** The browser was sent to the provider. */
  | 'login'
  /** An endpoint of Doorward's own has answered. */
  | 'answered'
  | ErrorCode

/** What the session store can be asked. */
export type StoreOperation =
  | 'get'
  | 'set'
  | 'add'
  | 'swap'
  | 'remove'
  | 'touch'
  | 'delete'
  | 'time_left'
  | 'include'
  | 'exclude'
  | 'members'
  | 'ping'

/** What a provider is called at. */
export type ProviderEndpoint = 'discovery' | 'jwks' | 'token' | 'userinfo' | 'revocation'

/** How a provider took a call: 2xx, 429, another 4xx or 3xx, 5xx; or not at all. */
export type CallOutcome = 'answered' | 'limited' | 'refused' | 'failed' | 'timeout' | 'unreachable'

/** How the wait for the right to refresh a session ended. */
export type LeaseOutcome =
  /** This process has it. */
  | 'held'
  /** Another process has refreshed the session. */
  | 'spared'
  /** Another process is at it, and the old token will do. */
  | 'served'
  /** Another process took too long. */
  | 'given_up'

/** What came of a refresh; `unconfirmed`: new tokens, but whose they are could not be told. */
export type RefreshOutcome = 'refreshed' | 'unconfirmed' | 'failed' | 'ended'

/** Who signs out: the person, the provider in one of its ways, or an operator. */
export type LogoutKind = 'user' | 'front_channel' | 'back_channel' | 'universal' | 'admin'

/** What came of a sign-out; `nobody`: it was right, and there was no session. */
export type LogoutOutcome = 'done' | 'nobody' | ErrorCode

/**
 * Hears what happens, to make figures of it. Nothing may throw or wait; times are milliseconds, tenants are ids of the
 * configuration, and nothing else that a client or provider has said is ever passed.
 */
export interface Observer {
  /**
   * The app has answered a request with this status, 101 for a WebSocket: so long it took Doorward to send it there,
   * and the app to answer. It is called for every request, and has to cost next to nothing.
   */
  forwarded(tenant: string, status: number, own: number, upstream: number): void
  /** The app was given up after `upstream`: it was too slow, or it could not be reached or understood. */
  notForwarded(upstream: number): void
  /** A client has left before there was an answer. */
  abandoned(tenant: string): void
  /** Doorward has answered by itself; `undefined` where the hostname is no tenant's. */
  answered(tenant: string | undefined, status: number, outcome: RequestOutcome, own: number): void
  loginStarted(tenant: string): void
  loginEnded(tenant: string, outcome: 'succeeded' | ErrorCode): void
  refreshed(tenant: string, outcome: RefreshOutcome): void
  signedOut(tenant: string, kind: LogoutKind, outcome: LogoutOutcome): void
  /** A session has ended before its time. `provider`: its refresh or renewal was refused for good. */
  sessionEnded(tenant: string, by: LogoutKind | 'provider'): void
  storeAsked(operation: StoreOperation, time: number, isFailed: boolean): void
  leaseSettled(outcome: LeaseOutcome, time: number): void
  providerCalled(tenant: string, endpoint: ProviderEndpoint, outcome: CallOutcome, time: number): void
  /** The keys of a tenant's provider were read; `at` is the time of day, in milliseconds since the epoch. */
  keysRead(tenant: string, at: number): void
}

const ignore = (): void => undefined

/** Keeps no figures. */
export const NO_OBSERVER: Observer = {
  forwarded: ignore,
  notForwarded: ignore,
  abandoned: ignore,
  answered: ignore,
  loginStarted: ignore,
  loginEnded: ignore,
  refreshed: ignore,
  signedOut: ignore,
  sessionEnded: ignore,
  storeAsked: ignore,
  leaseSettled: ignore,
  providerCalled: ignore,
  keysRead: ignore,
}
