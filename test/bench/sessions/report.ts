import type { Round } from '../measure.js'
import { median, summarize } from '../summary.js'
import { formatColumns } from '../table.js'
import type { Rate, Rates } from './rates.js'
import type { SessionBytes } from './redis-view.js'

/** The rates of one round at one Redis. */
export interface RatesRound extends Rates {
  readonly number: number
  readonly redis: 'small' | 'full'
}

/** The medians of a rate in the small Redis and in the full one; flat means shares of 1. */
export interface Comparison {
  readonly what: string
  readonly small: Rate
  readonly full: Rate
  readonly share: Rate
}

const KINDS = [
  ['signIns', 'sign-in'],
  ['lookups', 'lookup, cache off'],
  ['cachedLookups', 'lookup, cache warm'],
] as const

/** The medians of each rate. */
export const compare = (rounds: readonly RatesRound[]): Comparison[] =>
  KINDS.map(([kind, what]) => {
    const of = (redis: RatesRound['redis']): Rate => {
      const rates = rounds.filter((round) => round.redis === redis).map((round) => round[kind])
      return {
        perSecond: median(rates.map(({ perSecond }) => perSecond)) ?? 0,
        redisTime: median(rates.map(({ redisTime }) => redisTime)) ?? 0,
      }
    }
    const [small, full] = [of('small'), of('full')]
    const share = {
      perSecond: full.perSecond / small.perSecond,
      redisTime: full.redisTime / small.redisTime,
    }
    return { what, small, full, share }
  })

const whole = (value: number): string => String(Math.round(value))

/** What a session costs, as a table. */
export const formatBytes = ({ total, record, index, rest }: SessionBytes): string =>
  formatColumns([
    ['of a session in Redis', 'record', 'index entries', 'tables of the keys', 'all'],
    ['bytes', ...[record, index, rest, total].map(whole)],
  ])

/** The rates, as a table; what the cache answers costs Redis nothing. */
export function formatRates(rates: readonly Comparison[], small: number, full: number): string {
  const time = ({ redisTime }: Rate) => (redisTime < 1 ? '-' : redisTime.toFixed(1))
  return formatColumns([
    ['', ...rates.map(({ what }) => what)],
    [`/s of ${small}`, ...rates.map((rate) => whole(rate.small.perSecond))],
    [`/s of ${full}`, ...rates.map((rate) => whole(rate.full.perSecond))],
    ['share', ...rates.map(({ share }) => share.perSecond.toFixed(2))],
    [`Redis µs of ${small}`, ...rates.map((rate) => time(rate.small))],
    [`Redis µs of ${full}`, ...rates.map((rate) => time(rate.full))],
    ['share', ...rates.map(({ full, share }) => (full.redisTime < 1 ? '-' : share.redisTime.toFixed(2)))],
  ])
}

/** What the processes did under load, as a table. */
export function formatDoorwards(rounds: readonly Round[]): string {
  const summaries = summarize(rounds)
  return formatColumns([
    ['Doorward', ...summaries.map(({ server }) => server)],
    ['requests/s', ...summaries.map(({ requestsPerSecond }) => whole(requestsPerSecond))],
    ['p99 ms', ...summaries.map(({ p99 }) => p99.toFixed(1))],
    ['CPU', ...summaries.map(({ cpu }) => cpu?.toFixed(2) ?? '-')],
    ['requests/CPU s', ...summaries.map(({ requestsPerCpuSecond: rate }) => (rate ? whole(rate) : '-'))],
  ])
}
