import { sameSetting } from '../config/same-setting.js'
import type { Config } from '../config/schema.js'

/** Options under which a process has started: they change with its next start only. */
const OF_THE_START: { readonly [option: string]: (config: Config) => unknown } = {
  'server.listen': ({ server }) => server.listen,
  'server.forward_auth': ({ server }) => server.forward_auth,
  'server.path_prefix': ({ server }) => server.path_prefix,
  'server.limits': ({ server }) => server.limits,
  'server.shutdown': ({ server }) => server.shutdown,
  'admin.listen': ({ admin }) => admin.listen,
  'session.store': ({ session }) => session.store,
  'session.cache': ({ session }) => session.cache,
}

/** The names of the options in which a configuration differs from the one of the start, and has to wait for the next. */
export const restartOptions = (started: Config, now: Config): string[] =>
  Object.entries(OF_THE_START)
    .filter(([, read]) => !sameSetting(read(started), read(now)))
    .map(([option]) => option)
