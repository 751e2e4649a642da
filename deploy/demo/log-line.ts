import { styleText } from 'node:util'

// The time of day is enough here.
const LEFT_OUT: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'event'])

/** A line of Doorward's JSON log for reading along: time, what happened, and the rest as `key=value`. */
export function logLine(line: string): string {
  const entry = parse(line)
  if (entry === undefined) return `doorward  ${line}`
  const time = String(entry.time).slice(11, 19)
  const text = [entry.event ?? entry.msg, ...Object.entries(entry).filter(tells(entry)).flatMap(pair)].join(
    '  ',
  )
  const isBad = entry.level === 'warn' || entry.level === 'error' || entry.level === 'fatal'
  return `doorward  ${styleText('dim', time)}  ${isBad ? styleText('yellow', `${entry.level}: ${text}`) : text}`
}

// A request id is looked for when a page shows it as its reference; and nothing is said twice.
const tells =
  ({ error, msg }: Readonly<Record<string, unknown>>) =>
  ([key, value]: [key: string, value: unknown]): boolean =>
    key === 'request_id' ? error !== undefined : key !== 'reason' || value !== msg

function pair([key, value]: [key: string, value: unknown]): string[] {
  return LEFT_OUT.has(key) ? [] : [`${key}=${typeof value === 'object' ? JSON.stringify(value) : value}`]
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const entry: unknown = JSON.parse(line)
    return typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
