import { findProgram } from '../fixtures/find-program.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { checkAnswer } from './check-answer.js'
import { pinThisProcess } from './cores.js'
import { createEnding, type Ending, interruption } from './ending.js'
import { chooseLoadGenerator, type LoadGenerator } from './load.js'
import { describeMachine } from './machine.js'
import { measure, type Round } from './measure.js'
import { type Options, readOptions, timeLimit } from './options.js'
import { benchRules, RULES_TIME_LIMIT } from './rules/bench.js'
import { say } from './say.js'
import { startBareUndici } from './servers/bare-undici.js'
import { startDoorward } from './servers/doorward.js'
import { startNginx } from './servers/nginx.js'
import { startOrg } from './servers/org.js'
import { startRedis } from './servers/redis.js'
import type { Server } from './servers/server.js'
import { startUpstream } from './servers/upstream.js'
import { benchSessions } from './sessions/bench.js'
import { readSessionsOptions, sessionsTimeLimit } from './sessions/options.js'
import { summarize } from './summary.js'
import { explain, formatTable } from './table.js'
import { writeResults } from './write-results.js'

/** Everything that is compared; a server whose program is not installed is left out and named as missing. */
async function startServers(ending: Ending, { profile }: Options): Promise<Server[]> {
  const upstream = await startUpstream(ending, await reservePort())
  const org = await startOrg(ending)
  const redis = await startRedis(ending, await reservePort())
  const servers = [
    await startDoorward(ending, { org, upstream, store: 'memory:', profile }),
    redis === undefined ? undefined : await startDoorward(ending, { org, upstream, store: redis, profile }),
    await startNginx(ending, { upstream, port: await reservePort() }),
    await startBareUndici(ending, { upstream, port: await reservePort() }),
  ]
  return servers.filter((server) => server !== undefined)
}

/** A B C, A B C …: what disturbs the machine for a while disturbs them all. The first round only warms up. */
async function runRounds(
  load: LoadGenerator,
  servers: readonly Server[],
  options: Options,
): Promise<Round[]> {
  const rounds: Round[] = []
  for (let number = 0; number <= options.rounds; number++) {
    for (const server of servers) {
      const figures = await measure(load, server, options)
      await checkAnswer(server)
      const label = number === 0 ? 'warm-up' : `round ${number}`
      say(`${label.padEnd(8)} ${server.name.padEnd(26)} ${Math.round(figures.requestsPerSecond)} requests/s`)
      if (number > 0) rounds.push({ server: server.name, number, ...figures })
    }
  }
  return rounds
}

async function benchServers(ending: Ending, options: Options): Promise<void> {
  const { rounds: count, seconds, connections } = options
  const load = chooseLoadGenerator(ending)
  const missing = ['taskset', 'wrk', 'nginx', 'redis-server'].filter((name) => !findProgram(name))
  const machine = describeMachine()
  pinThisProcess()
  say(`${machine.cores} cores (${machine.cpu}), Node ${machine.node}`)
  if (missing.length > 0) say(`Not installed, so left out or replaced: ${missing.join(', ')}`)
  const servers = await startServers(ending, options)
  for (const server of servers) await checkAnswer(server)
  const rounds = await runRounds(load, servers, options)
  const summaries = summarize(rounds)
  say(`\nMedians of ${count} rounds of ${seconds} s, ${load.name} with ${connections} connections:\n`)
  say(formatTable(summaries))
  say(explain(summaries))
  say(`\nWritten to ${await writeResults({ machine, missing, load: load.name, options, summaries, rounds })}`)
}

/** The bench that the arguments name, and the milliseconds that it may take. */
function choose(ending: Ending, args: string[]): { readonly limit: number; run(): Promise<void> } {
  if (args[0] === 'sessions') {
    const options = readSessionsOptions(args.slice(1))
    return { limit: sessionsTimeLimit(options), run: () => benchSessions(ending, options) }
  }
  if (args[0] === 'rules') return { limit: RULES_TIME_LIMIT, run: () => benchRules(args.slice(1)) }
  const options = readOptions(args)
  return { limit: timeLimit(options), run: () => benchServers(ending, options) }
}

const ending = createEnding()
try {
  const { limit, run } = choose(ending, process.argv.slice(2))
  await Promise.race([run(), interruption(limit)])
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  await ending.run()
}
// What an interruption has left half done must not keep the process alive.
process.exit()
