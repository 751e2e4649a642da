import { randomBytes } from 'node:crypto'
import { freemem } from 'node:os'
import { findProgram } from '../../fixtures/find-program.js'
import { reservePort } from '../../fixtures/reserve-port.js'
import { leaveServerCore, pinThisProcess } from '../cores.js'
import type { Ending } from '../ending.js'
import { chooseLoadGenerator } from '../load.js'
import { describeMachine } from '../machine.js'
import { say } from '../say.js'
import { startRedis } from '../servers/redis.js'
import { summarize } from '../summary.js'
import { writeJson } from '../write-results.js'
import { CONNECTIONS, loadDoorwards, startDoorwards } from './doorwards.js'
import type { SessionsOptions } from './options.js'
import { openPopulation, ROOM } from './population.js'
import { measureRates } from './rates.js'
import { viewRedis } from './redis-view.js'
import { compare, formatBytes, formatDoorwards, formatRates, type RatesRound } from './report.js'

const FEW = 1000

/** What sessions cost, and whether many of them slow anything down: a Redis with few, one with many, and processes. */
export async function benchSessions(ending: Ending, options: SessionsOptions): Promise<void> {
  const { count, rounds, seconds } = options
  if (findProgram('redis-server') === undefined) throw new Error('install redis-server (a Debian package)')
  if (count * ROOM > freemem()) throw new Error(`${count} sessions need ${(count * ROOM) / 1e9} GB of memory`)
  const load = chooseLoadGenerator(ending)
  const machine = describeMachine()
  say(`${machine.cores} cores (${machine.cpu}), Node ${machine.node}`)

  const sessionKey = randomBytes(32)
  const [small, full] = [await startOne(ending, sessionKey), await startOne(ending, sessionKey)]
  await small.population.fill(FEW)
  const before = await full.view.usedMemory()
  const fillSeconds = await full.population.fill(count)
  const bytes = await full.view.sessionBytes((await full.view.usedMemory()) - before, count)
  say(`${count} sign-ins in ${fillSeconds.toFixed(1)} s, Redis ${full.view.version}\n`)
  say(`${formatBytes(bytes)}\n`)

  // A B, B A …: what disturbs the machine for a while, or whoever comes first, disturbs both.
  const rates: RatesRound[] = []
  const both = [
    ['small', small],
    ['full', full],
  ] as const
  for (let number = 1; number <= rounds; number++) {
    for (const [redis, { population, view }] of number % 2 === 1 ? both : both.toReversed()) {
      const figures = await measureRates(population, view, seconds)
      const [signIns, lookups] = [figures.signIns, figures.lookups].map((rate) => Math.round(rate.perSecond))
      say(`round ${number}  ${redis}: ${signIns} sign-ins/s, ${lookups} lookups/s`)
      rates.push({ redis, number, ...figures })
    }
  }
  const comparisons = compare(rates)
  say(`\n${formatRates(comparisons, FEW, count)}\n`)

  pinThisProcess()
  leaveServerCore(full.view.pid)
  const { visitors } = full.population
  const servers = await startDoorwards(ending, { store: full.url, sessionKey, visitors })
  const doorwards = await loadDoorwards(load, servers, options)
  say(`\nMedians of ${rounds} rounds of ${seconds} s, ${load.name} with ${CONNECTIONS} connections:\n`)
  say(formatDoorwards(doorwards))
  const results = {
    machine,
    load: load.name,
    options,
    redis: full.view.version,
    fillSeconds,
    bytes,
    comparisons,
  }
  const measured = { ...results, doorwards: summarize(doorwards), rounds: { rates, doorwards } }
  say(`\nWritten to ${await writeJson('sessions.json', measured)}`)
}

async function startOne(ending: Ending, sessionKey: Buffer) {
  const url = await startRedis(ending, await reservePort())
  if (url === undefined) throw new Error('redis-server is not there any more')
  return {
    url,
    view: await viewRedis(ending, url),
    population: await openPopulation(ending, url, sessionKey),
  }
}
