import { readFileSync } from 'node:fs'

/** Doorward's version, as `package.json` beside the built files says it. */
export const readVersion = (): string =>
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
