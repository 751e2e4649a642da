import { reservePort } from '../../fixtures/reserve-port.js'
import { checkAnswer } from '../check-answer.js'
import type { Ending } from '../ending.js'
import { interleave } from '../interleave.js'
import type { LoadGenerator } from '../load.js'
import { measure, type Round } from '../measure.js'
import { startDoorward } from '../servers/doorward.js'
import { startOrg } from '../servers/org.js'
import type { Server } from '../servers/server.js'
import { startUpstream } from '../servers/upstream.js'
import type { SessionsOptions } from './options.js'
import type { Visitor } from './population.js'
import { chooseVisitors, writeCookies } from './visitors.js'

interface DoorwardsOptions {
  readonly store: string
  readonly sessionKey: Buffer
  /** Whose sessions are in the store. */
  readonly visitors: readonly Visitor[]
}

/** Connections of the load. */
export const CONNECTIONS = 64

/** Two Doorward on one Redis: one that asks it each time, one with the default cache. */
export async function startDoorwards(
  ending: Ending,
  { store, sessionKey, visitors }: DoorwardsOptions,
): Promise<Server[]> {
  const upstream = await startUpstream(ending, await reservePort())
  const org = await startOrg(ending)
  const chosen = chooseVisitors(visitors)
  const start = async (name: string, cache: object) => {
    const session = { keys: [sessionKey.toString('base64')], ...cache }
    const server = await startDoorward(ending, { org, upstream, store, name, session })
    return { ...server, cookieFile: await writeCookies(ending, chosen, server.url) }
  }
  return [await start('cache off', { cache: 0 }), await start('cache warm', {})]
}

/** Puts both under load in turns. */
export async function loadDoorwards(
  load: LoadGenerator,
  servers: readonly Server[],
  { rounds, seconds }: SessionsOptions,
): Promise<Round[]> {
  for (const server of servers) await checkAnswer(server)
  return interleave(servers, {
    rounds,
    run: (server) => measure(load, server, { seconds, connections: CONNECTIONS }),
    tell: ({ requestsPerSecond }) => `${Math.round(requestsPerSecond)} requests/s`,
  })
}
