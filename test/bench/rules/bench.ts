import { performance } from 'node:perf_hooks'
import { canonicalPath } from '../../../src/access/path.js'
import { compileRules, type Rules } from '../../../src/access/rules.js'
import { readRules } from '../../fixtures/rules.js'
import { describeMachine } from '../machine.js'
import { wholeNumber } from '../options.js'
import { say } from '../say.js'
import { formatColumns } from '../table.js'

const COUNTS = [0, 10, 1000]
const PATHS = {
  'a plain path': '/app/area5/users/123/edit',
  'a path of many readings': '/app/Area5//users;v=1/%41%20b/',
}
const ROUNDS = 5
const BATCH = 100

/** Milliseconds of one measurement. */
const DEFAULT_MS = 200
const MOST_MS = 10_000

/** Milliseconds after which something must have gone wrong. */
export const RULES_TIME_LIMIT = 300_000

/** Prints how many requests a second one core finds the rule of, with few rules and with many. */
export async function benchRules([ms]: string[]): Promise<void> {
  const span = wholeNumber('ms', ms, DEFAULT_MS, MOST_MS)
  const { cores, cpu, node } = describeMachine()
  say(`${cores} cores (${cpu}), Node ${node}; lookups/s on one core, medians of ${ROUNDS} rounds:\n`)
  const compiled = COUNTS.map((count) => compile(count))
  const columns = Object.entries(PATHS).map(([name, path]) => {
    const rates = compiled.map((rules) =>
      median(Array.from({ length: ROUNDS }, () => rate(rules, path, span))),
    )
    return [name, ...rates.map((value) => value.toFixed(0))] as const
  })
  say(formatColumns([['rules', ...COUNTS.map(String)], ...columns]))
}

function compile(count: number): Rules {
  const areas = Array.from({ length: Math.max(0, count - 1) }, (_, index) => ({
    path: `/app/area${index}/**`,
    require: { groups: `area-${index}` },
  }))
  return compileRules(readRules(count === 0 ? [] : [...areas, { path: '/**', access: 'optional' }]))
}

function rate(rules: Rules, path: string, span: number): number {
  const start = performance.now()
  let lookups = 0
  for (; performance.now() - start < span; lookups += BATCH) {
    for (let index = 0; index < BATCH; index++) rules.find('GET', canonicalPath(path) ?? '')
  }
  return (lookups * 1000) / (performance.now() - start)
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
