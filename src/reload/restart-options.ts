import { sameSetting } from '../config/same-setting.js'
import type { Config } from '../config/schema.js'

/** Options under which a process has started, which change with its next start only: all of `server` but one, and some others. */
function optionsOfStart({ server, admin, session }: Config): Readonly<Record<string, unknown>> {
  const { trusted_proxies: _, ...others } = server
  return {
    ...Object.fromEntries(Object.entries(others).map(([key, value]) => [`server.${key}`, value])),
    'admin.listen': admin.listen,
    'session.store': session.store,
    'session.cache': session.cache,
  }
}

/** The names of the options in which a configuration differs from the one of the start, and has to wait for the next. */
export function restartOptions(started: Config, now: Config): string[] {
  const wanted = optionsOfStart(now)
  return Object.entries(optionsOfStart(started))
    .filter(([option, value]) => !sameSetting(value, wanted[option]))
    .map(([option]) => option)
}
