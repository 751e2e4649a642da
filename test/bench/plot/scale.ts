/** Places values between two ends of a drawing, each factor as far as any other of its size. */
export interface Scale {
  at(value: number): number
  /** Powers of the base within the ends. */
  readonly ticks: readonly number[]
}

/** A logarithmic scale from power to power of `base` around all values; `from` and `to` are coordinates. */
export function createScale(
  values: readonly number[],
  { base, from, to }: { readonly base: number; readonly from: number; readonly to: number },
): Scale {
  const log = (value: number): number => Math.log(value) / Math.log(base)
  // Without the rounding, the logarithm of a power is a little beside it.
  const powers = values.filter((value) => value > 0).map((value) => Math.round(log(value) * 1e9) / 1e9)
  const low = Math.floor(Math.min(...powers))
  const high = Math.max(low + 1, Math.ceil(Math.max(...powers)))
  return {
    at: (value) => from + ((log(value) - low) / (high - low)) * (to - from),
    ticks: Array.from({ length: high - low + 1 }, (_, index) => base ** (low + index)),
  }
}
