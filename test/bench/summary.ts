import type { Round } from './measure.js'
import { BARE_UNDICI } from './servers/bare-undici.js'
import { NGINX } from './servers/nginx.js'

/** Medians of a server over its rounds. */
export interface Summary {
  readonly server: string
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p99: number
  /** Seconds of CPU a second. */
  readonly cpu: number | undefined
  /** What strangers on the same machine disturb least; not to be had where there is no /proc. */
  readonly requestsPerCpuSecond: number | undefined
  readonly ofNginx: Ratios
  readonly ofBareUndici: Ratios
}

/** Shares of another server's figures; `undefined` without that server. */
interface Ratios {
  readonly requestsPerSecond: number | undefined
  readonly requestsPerCpuSecond: number | undefined
}

type Medians = Omit<Summary, 'ofNginx' | 'ofBareUndici'>

/** One summary a server, in the order of the rounds. */
export function summarize(rounds: readonly Round[]): Summary[] {
  const names = [...new Set(rounds.map(({ server }) => server))]
  const medians = names.map((name) => mediansOf(name, rounds))
  const nginx = medians.find(({ server }) => server === NGINX)
  const bareUndici = medians.find(({ server }) => server === BARE_UNDICI)
  return medians.map((own) => ({
    ...own,
    ofNginx: ratios(own, nginx),
    ofBareUndici: ratios(own, bareUndici),
  }))
}

function mediansOf(server: string, rounds: readonly Round[]): Medians {
  const own = rounds.filter((round) => round.server === server)
  return {
    server,
    requestsPerSecond: median(own.map(({ requestsPerSecond }) => requestsPerSecond)) ?? 0,
    p99: median(own.map(({ p99 }) => p99)) ?? 0,
    cpu: median(own.map(({ cpu }) => cpu)),
    requestsPerCpuSecond: median(own.map(({ requestsPerSecond, cpu }) => ratio(requestsPerSecond, cpu))),
  }
}

const ratios = (own: Medians, other: Medians | undefined): Ratios => ({
  requestsPerSecond: ratio(own.requestsPerSecond, other?.requestsPerSecond),
  requestsPerCpuSecond: ratio(own.requestsPerCpuSecond, other?.requestsPerCpuSecond),
})

/** The middle one, or the mean of the two in the middle; `undefined` where there is none. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((left, right) => left - right)
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  const upper = sorted[Math.floor(sorted.length / 2)]
  return lower === undefined || upper === undefined ? undefined : (lower + upper) / 2
}

const ratio = (part: number | undefined, whole: number | undefined): number | undefined =>
  part === undefined || !whole ? undefined : part / whole
