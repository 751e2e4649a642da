import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reservePort } from '../../fixtures/reserve-port.js'
import { checkAnswer } from '../check-answer.js'
import type { Ending } from '../ending.js'
import type { LoadGenerator } from '../load.js'
import { measure, type Round } from '../measure.js'
import { say } from '../say.js'
import { startDoorward } from '../servers/doorward.js'
import { startOrg } from '../servers/org.js'
import type { Server } from '../servers/server.js'
import { startUpstream } from '../servers/upstream.js'
import type { SessionsOptions } from './options.js'

interface DoorwardsOptions {
  readonly store: string
  readonly sessionKey: Buffer
  /** Of sessions that are in the store. */
  readonly cookies: readonly string[]
}

/** Connections of the load. */
export const CONNECTIONS = 64
/** Visitors who take turns: fewer than the default cache holds, and the first second meets all of them. */
const VISITORS = 2000

/** Two Doorward on one Redis: one that asks it each time, one with the default cache. */
export async function startDoorwards(
  ending: Ending,
  { store, sessionKey, cookies }: DoorwardsOptions,
): Promise<Server[]> {
  const upstream = await startUpstream(ending, await reservePort())
  const org = await startOrg(ending)
  const cookieFile = await writeCookies(ending, cookies)
  const start = async (name: string, cache: object) => {
    const session = { keys: [sessionKey.toString('base64')], ...cache }
    const server = await startDoorward(ending, { org, upstream, store, name, session, profile: false })
    const Cookie = `doorward=${cookies[0]}`
    return { ...server, headers: { ...server.headers, Cookie }, cookieFile }
  }
  return [await start('cache off', { cache: 0 }), await start('cache warm', {})]
}

/** One visitor would not do: those who ask for one session at one moment share the answer of the store. */
async function writeCookies(ending: Ending, cookies: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'doorward-bench-cookies-'))
  ending.teardown(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'cookies.txt')
  const every = Math.ceil(cookies.length / VISITORS)
  const chosen = cookies.filter((_, index) => index % every === 0)
  await writeFile(file, `${chosen.map((cookie) => `doorward=${cookie}`).join('\n')}\n`)
  return file
}

/** A B, A B …; the first round only warms up. */
export async function loadDoorwards(
  load: LoadGenerator,
  servers: readonly Server[],
  { rounds: count, seconds }: SessionsOptions,
): Promise<Round[]> {
  const rounds: Round[] = []
  for (const server of servers) await checkAnswer(server)
  for (let number = 0; number <= count; number++) {
    for (const server of servers) {
      const figures = await measure(load, server, {
        rounds: count,
        seconds,
        connections: CONNECTIONS,
        profile: false,
      })
      if (number === 0) continue
      say(`round ${number}  ${server.name}: ${Math.round(figures.requestsPerSecond)} requests/s`)
      rounds.push({ server: server.name, number, ...figures })
    }
  }
  return rounds
}
