import { isDeepStrictEqual } from 'node:util'
import { openSecret, openSessionKey } from './open-secret.js'
import { type Place, type Problem, problem, within } from './problems.js'
import { resolveStore } from './resolve-store.js'
import type { Config, WrittenConfig } from './schema.js'
import { Secret } from './secret.js'
import { countWorkers } from './workers.js'

/** Opens the secrets of the main file and judges what no key of the main file can tell alone. */
export function resolveSettings(
  parts: Partial<WrittenConfig>,
  place: Place,
  env: NodeJS.ProcessEnv,
): { settings?: Omit<Config, 'tenants'>; problems: Problem[] } {
  const { server, admin, session } = parts
  const opened = (session?.keys ?? []).map((key, index) =>
    openSessionKey(key, within(place, 'session', 'keys', index), env),
  )
  const keys = opened.filter((key): key is Secret => key instanceof Secret)
  const token = admin?.token && openSecret(admin.token, within(place, 'admin', 'token'), env)
  const store = session && resolveStore(session.store, within(place, 'session', 'store'), env)
  const problems = [
    ...(store?.problems ?? []),
    ...[...opened, token].filter((secret): secret is Problem => !!secret && !(secret instanceof Secret)),
    ...sessionProblems(session, place),
    ...sharedListener(server, admin, place),
    ...unsharedStore(server, session, place),
  ]
  if (!server || !admin || !session || !store?.store) return { problems }
  const accepted = token instanceof Secret ? token : undefined
  return {
    settings: {
      server: { ...server, workers: countWorkers(server.workers) },
      admin: { listen: admin.listen, token: accepted },
      session: { ...session, store: store.store, keys },
    },
    problems,
  }
}

function sessionProblems(session: WrittenConfig['session'] | undefined, place: Place): Problem[] {
  if (session === undefined) return []
  const at = (key: string) => within(place, 'session', key)
  const problems: Problem[] = []
  if (session.idle_timeout > session.max_lifetime) {
    problems.push(problem(at('idle_timeout'), 'must not be longer than max_lifetime'))
  }
  // A key made up at start would end every session at a restart and be another in every process.
  if (session.store.url.kind !== 'memory' && session.keys.length === 0) {
    problems.push(problem(at('keys'), 'is required with this store; make a key with `doorward keygen`'))
  }
  return problems
}

/** The admin endpoints are never on the public listener. */
function sharedListener(
  server: WrittenConfig['server'] | undefined,
  admin: WrittenConfig['admin'] | undefined,
  place: Place,
): Problem[] {
  if (!server || !admin || !isDeepStrictEqual(server.listen, admin.listen)) return []
  if ('port' in admin.listen && admin.listen.port === 0) return []
  return [problem(within(place, 'admin', 'listen'), 'must not be the same as server.listen')]
}

/** What one worker keeps in its memory, another does not know. `auto` is judged alike on every machine. */
function unsharedStore(
  server: WrittenConfig['server'] | undefined,
  session: WrittenConfig['session'] | undefined,
  place: Place,
): Problem[] {
  if (!server || !session || server.workers === 1 || session.store.url.kind !== 'memory') return []
  const sentence = 'must be 1 with the store memory:, which no other process sees; use redis:// for more'
  return [problem(within(place, 'server', 'workers'), sentence)]
}
