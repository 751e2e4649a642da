import { createEnding, type Ending, interruption } from './ending.js'
import { measureAll } from './measure-all.js'
import { readOptions, timeLimit } from './options.js'
import { publish } from './publish.js'
import { WORKS } from './rows.js'
import { benchRules, RULES_TIME_LIMIT } from './rules/bench.js'
import { benchSessions } from './sessions/bench.js'
import { readSessionsOptions, sessionsTimeLimit } from './sessions/options.js'

const PUBLISH_TIME_LIMIT = 10_000

/** The bench that the arguments name, and the milliseconds that it may take. */
function choose(ending: Ending, args: string[]): { readonly limit: number; run(): Promise<void> } {
  if (args[0] === 'sessions') {
    const options = readSessionsOptions(args.slice(1))
    return { limit: sessionsTimeLimit(options), run: () => benchSessions(ending, options) }
  }
  if (args[0] === 'rules') return { limit: RULES_TIME_LIMIT, run: () => benchRules(args.slice(1)) }
  if (args[0] === 'publish') return { limit: PUBLISH_TIME_LIMIT, run: publish }
  const options = readOptions(args, Object.keys(WORKS))
  return { limit: timeLimit(options), run: () => measureAll(ending, options) }
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
