import { findProgram } from '../fixtures/find-program.js'
import { reservePort } from '../fixtures/reserve-port.js'
import type { Bench, Outcome } from './bench.js'
import { pinThisProcess } from './cores.js'
import { createEnding, type Ending } from './ending.js'
import { chooseLoadGenerator } from './load.js'
import { describeMachine } from './machine.js'
import type { Options } from './options.js'
import { formatRows } from './row.js'
import { WORKS } from './rows.js'
import { say } from './say.js'
import { hasOpenidc } from './servers/apache-files.js'
import { startOrg } from './servers/org.js'
import { startRedis } from './servers/redis.js'
import { PARTIAL, RESULTS, writeJson } from './write-results.js'

/** Does one work after the other, and prints and writes what they have found; throws when one of them failed. */
export async function measureAll(ending: Ending, options: Options): Promise<void> {
  const machine = describeMachine()
  const missing = listMissing()
  pinThisProcess()
  say(`${machine.cores} cores (${machine.cpu}), Node ${machine.node}, load ${machine.load.toFixed(1)}`)
  if (missing.length > 0) say(`Not installed, so left out or replaced: ${missing.join(', ')}`)
  const load = chooseLoadGenerator(ending)
  const shared = {
    options,
    load,
    org: await startOrg(ending),
    redis: await startRedis(ending, await reservePort()),
  }
  const outcomes: Record<string, Outcome> = {}
  const failures: string[] = []
  for (const name of options.only) {
    try {
      outcomes[name] = await measureOne(ending, name, shared)
    } catch (error) {
      if (ending.isOver) throw error
      // A figure that could not be had does not take those with it that took minutes.
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      say(failures.at(-1) ?? '')
    }
  }
  const all = Object.values(outcomes)
  const rows = all.flatMap((outcome) => outcome.rows)
  const { rounds, seconds, connections } = options
  say(`\nMedians of ${rounds} rounds of ${seconds} s, ${load.name} with ${connections} connections:\n`)
  for (const { text } of all) if (text !== undefined) say(`${text}\n`)
  if (rows.length > 0) say(formatRows(rows))
  const details = Object.fromEntries(
    Object.entries(outcomes).map(([name, outcome]) => [name, outcome.details]),
  )
  const results = { machine, missing, load: load.name, options, failures, rows, details }
  say(`\nWritten to ${await writeJson(isWhole(options) ? RESULTS : PARTIAL, results)}`)
  if (failures.length > 0) throw new Error(`could not measure ${failures.join('; ')}`)
}

// A run of some works must not take the place of one that took minutes; a single round has no figures to keep.
const isWhole = ({ only, rounds }: Options): boolean =>
  only.length === Object.keys(WORKS).length && rounds > 1

/** What one work starts is stopped before the next one begins, whatever happens. */
async function measureOne(whole: Ending, name: string, shared: Omit<Bench, 'ending'>): Promise<Outcome> {
  const work = Object.entries(WORKS).find(([known]) => known === name)?.[1]
  if (work === undefined) throw new Error('there is no such work')
  const ending = createEnding()
  whole.teardown(() => ending.run())
  say(`\n${name}`)
  try {
    return await work({ ...shared, ending })
  } finally {
    await ending.run()
  }
}

function listMissing(): string[] {
  const programs = ['taskset', 'wrk', 'nginx', 'redis-server'].filter((name) => !findProgram(name))
  return hasOpenidc() ? programs : [...programs, 'apache2 with libapache2-mod-auth-openidc']
}
