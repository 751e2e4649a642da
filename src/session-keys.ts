import { randomBytes } from 'node:crypto'
import type { Config } from './config/schema.js'

/** The session keys of a configuration as they are at this moment. */
export type ReadSessionKeys = (config: Pick<Config, 'session'>) => Buffer[]

/** Begins with a key of its own where none is configured: with `memory:` sessions end with the process anyway. */
export function createReadSessionKeys(): ReadSessionKeys {
  let own: Buffer | undefined
  return ({ session }) => {
    const keys = session.keys.map((key) => Buffer.from(key.reveal(), 'base64'))
    if (keys.length === 0) own ??= randomBytes(32)
    // What it has sealed stays readable when keys are configured later.
    return own === undefined ? keys : [...keys, own]
  }
}
