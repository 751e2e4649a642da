import { openConfig } from './config-source.js'
import type { Config } from './schema.js'

export { ConfigError } from './config-error.js'

/** Reads a configuration with all its tenants. Throws a `ConfigError` with every problem of every file. */
export const loadConfig = (file: string, env: NodeJS.ProcessEnv = process.env): Config =>
  openConfig(file, env).config
