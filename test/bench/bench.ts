import type { Okta } from '../fixtures/okta.js'
import type { Ending } from './ending.js'
import type { LoadGenerator } from './load.js'
import type { Options } from './options.js'
import type { Row } from './row.js'

/** What every work is given. */
export interface Bench {
  /** Of this work: what it starts is stopped before the next one begins. */
  readonly ending: Ending
  readonly options: Options
  readonly load: LoadGenerator
  readonly org: Okta
  /** `undefined` where redis-server is not installed. */
  readonly redis: string | undefined
}

/** What a work has found out. */
export interface Outcome {
  readonly rows: readonly Row[]
  /** Whatever else a reader should see. */
  readonly text?: string
  /** Every single figure, for the JSON. */
  readonly details: object
}

/** Measures one thing. */
export type Work = (bench: Bench) => Promise<Outcome>
