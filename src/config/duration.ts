import { parsed, Refusal } from './fields.js'

const SHAPE = 'must be a duration such as 30s, 5m, 12h or 7d'

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

interface Bounds {
  /** Whether `0s` says something sensible, such as "do not wait". */
  readonly zero?: boolean
  readonly mostDays?: number
}

/** A duration key in milliseconds. RFC 6265bis §5.5: no cookie outlives 400 days, so nothing here does. */
export function duration({ zero = false, mostDays = 400 }: Bounds = {}) {
  return parsed((text) => parseDuration(text, { zero, mostDays }), SHAPE).meta({ title: 'duration' })
}

function parseDuration(text: string, { zero, mostDays }: Required<Bounds>): number | Refusal {
  const [, digits, unit] = /^(\d+)([smhd])$/.exec(text) ?? []
  if (digits === undefined || unit === undefined) return new Refusal(SHAPE)
  const milliseconds = Number(digits) * UNITS[unit as keyof typeof UNITS]
  if (milliseconds === 0 && !zero) return new Refusal('must be longer than zero')
  if (milliseconds > mostDays * UNITS.d) return new Refusal(`must not be longer than ${mostDays}d`)
  return milliseconds
}
