import { parsed, Refusal } from './fields.js'

const SHAPE = 'must be a size such as 512B, 64KiB, 10MiB or 1GiB'

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 }

type Unit = keyof typeof UNITS

interface Bounds {
  /** As written. */
  readonly least: `${number}${Unit}`
  readonly most: `${number}${Unit}`
}

/** A size key in bytes. */
export function size(bounds: Bounds) {
  return parsed((text) => parseSize(text, bounds), SHAPE).meta({ title: 'size' })
}

function parseSize(text: string, { least, most }: Bounds): number | Refusal {
  const bytes = bytesOf(text)
  if (bytes === undefined) return new Refusal(SHAPE)
  const isWithin = bytes >= Number(bytesOf(least)) && bytes <= Number(bytesOf(most))
  return isWithin ? bytes : new Refusal(`must be from ${least} to ${most}`)
}

function bytesOf(text: string): number | undefined {
  const [, digits, unit] = /^(\d+)(B|[KMGT]iB)$/.exec(text) ?? []
  return unit === undefined ? undefined : Number(digits) * UNITS[unit as Unit]
}
