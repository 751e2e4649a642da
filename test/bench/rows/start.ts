import { setTimeout as sleep } from 'node:timers/promises'
import { reservePort } from '../../fixtures/reserve-port.js'
import type { Bench, Outcome } from '../bench.js'
import { checkAnswer } from '../check-answer.js'
import { cpuTime } from '../cpu-time.js'
import { createEnding } from '../ending.js'
import { residentMemory } from '../resident-memory.js'
import { alone } from '../row.js'
import { say } from '../say.js'
import { type InstalledDoorward, installDoorward } from '../servers/doorward.js'
import { startUpstream } from '../servers/upstream.js'
import { median } from '../summary.js'

/** Seconds to the first answer, and MiB at rest, that are wanted of few tenants and of many. */
const FEW = { seconds: 0.6, mebibytes: 90 }
const MANY = { seconds: 2, mebibytes: 250 }
/** Milliseconds without a request, after which a process is idle and V8 has given back what its start left behind. */
const REST = 30_000

/** One start: seconds from the launch to the first signed-in answer. */
interface Start {
  readonly seconds: number
  /** Of the seconds, those of CPU. */
  readonly cpu: number | undefined
}

interface Starts {
  readonly starts: readonly Start[]
  /** MiB of memory of the last one, when it has come to rest. */
  readonly mebibytes: number
}

/** How long a start takes, and how much memory an idle process has, with one tenant and with many. */
export async function measureStart(bench: Bench): Promise<Outcome> {
  if (bench.redis === undefined)
    throw new Error('a session outlives a process in Redis only: install redis-server')
  const few = await startAgainAndAgain(bench, 1)
  const many = await startAgainAndAgain(bench, bench.options.sizes.tenants)
  const row = ({ starts, mebibytes }: Starts, tenants: number, most: typeof FEW) => [
    alone(
      `from process start to the first signed-in answer, ${count(tenants)}`,
      's',
      median(starts.map(({ seconds }) => seconds)) ?? 0,
      { atMost: most.seconds },
    ),
    alone(`resident memory idle, ${count(tenants)}`, 'MiB', mebibytes, { atMost: most.mebibytes }),
  ]
  const rows = [...row(few, 1, FEW), ...row(many, bench.options.sizes.tenants, MANY)]
  return { rows, details: { few, many } }
}

const count = (tenants: number): string =>
  `${tenants.toLocaleString('en-US')} tenant${tenants === 1 ? '' : 's'}`

async function startAgainAndAgain(bench: Bench, tenants: number): Promise<Starts> {
  const { ending, options, org, redis = 'memory:' } = bench
  const upstream = await startUpstream(ending, await reservePort())
  const doorward = await installDoorward(ending, { org, upstream, store: redis, tenants })
  const first = createEnding()
  ending.teardown(() => first.run())
  await doorward.start(first)
  const Cookie = await doorward.signIn()
  await first.run()
  const starts: Start[] = []
  for (;;) {
    const process = createEnding()
    ending.teardown(() => process.run())
    const { pid, start } = await startOnce(process, doorward, Cookie)
    starts.push(start)
    const { seconds, cpu } = start
    say(
      `round ${starts.length}  ${count(tenants)}: ${seconds.toFixed(2)} s (CPU ${cpu?.toFixed(2) ?? '?'} s)`,
    )
    if (starts.length < options.rounds) await process.run()
    else {
      await sleep(REST)
      const mebibytes = residentMemory(pid)
      await process.run()
      say(`${count(tenants)}: ${Math.round(mebibytes)} MiB`)
      return { starts, mebibytes }
    }
  }
}

async function startOnce(
  ending: Bench['ending'],
  doorward: InstalledDoorward,
  Cookie: string,
): Promise<{ pid: number; start: Start }> {
  const begun = performance.now()
  const pid = await doorward.start(ending)
  await checkAnswer({ name: 'Doorward', pid, url: doorward.url, headers: { Host: doorward.host, Cookie } })
  const seconds = (performance.now() - begun) / 1000
  return { pid, start: { seconds, cpu: cpuTime(pid) } }
}
