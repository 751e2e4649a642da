/** An output as far as its look depends on it. */
export interface Output {
  readonly isTTY?: boolean
  /** Columns; 0 or none where the terminal does not know. */
  readonly columns?: number
}

/** An output that takes text. */
interface Writable extends Output {
  write(text: string): unknown
}

type Environment = Readonly<Record<string, string | undefined>>

const DEFAULT_WIDTH = 80

/** Whether text for an output has colours: https://no-color.org wins over https://force-color.org, and both over the output. */
export function hasColors(output: Output, env: Environment): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
  return canRedraw(output, env)
}

/** Whether a line that has been written can be written over. */
export function canRedraw({ isTTY }: Output, env: Environment): boolean {
  return isTTY === true && env.TERM !== 'dumb'
}

/** The columns that a line may take; `undefined` where nobody reads it on a terminal that knows. */
export function widthOf({ isTTY, columns }: Output): number | undefined {
  return isTTY === true && columns ? columns : undefined
}

/** The text without what could move the cursor or change what is on the screen. */
export const withoutControls = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')

/** The text in so many columns at most; it shows where its end is missing. */
export function shorten(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`
}

/** A line that takes the place of the one before; the empty one takes it away. Nothing where nobody would see that. */
export function statusLine(output: Writable, env: Environment): (line: string) => void {
  if (!canRedraw(output, env)) return () => undefined
  // A line that is broken at the edge could not be written over.
  return (line) => output.write(`\r${shorten(line, (widthOf(output) ?? DEFAULT_WIDTH) - 1)}\x1b[K`)
}
