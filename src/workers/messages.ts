/** Where a server listens, as `http://host:port` or a socket path. */
export interface Addresses {
  readonly public: string
  readonly admin: string
}

/** What the primary tells a worker. */
export type ToWorker =
  /** To send load balancers elsewhere, then to finish what it has. */
  | { readonly kind: 'drain' | 'close' }
  /** To read the configuration again. */
  | { readonly kind: 'reload'; readonly reason: string }
  /** To say its figures. */
  | { readonly kind: 'say' }
  /** What all have said, to the one that has asked for it. */
  | { readonly kind: 'gathered'; readonly figures: readonly unknown[] }

/** What a worker tells the primary. */
export type ToPrimary =
  | { readonly kind: 'listening'; readonly addresses: Addresses }
  | { readonly kind: 'gather' }
  | { readonly kind: 'said'; readonly figures: unknown }
