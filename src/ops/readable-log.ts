import type { DestinationStream } from 'pino'
import { withoutControls } from '../terminal.js'

interface ReadableOptions {
  readonly isColored: boolean
  /** Takes a line with its end; has written it when it returns, so that nothing is lost at an exit. */
  write(line: string): void
}

/**
 * A destination of the log that makes lines for people out of the JSON. `undefined` where pino-pretty is not installed:
 * it is for development, and no part of the image.
 */
export async function openReadableLog(options: ReadableOptions): Promise<DestinationStream | undefined> {
  const pretty = await import('pino-pretty').catch(() => undefined)
  if (pretty === undefined) return undefined
  const format = pretty.prettyFactory({
    colorize: options.isColored,
    translateTime: 'SYS:HH:MM:ss.l',
    // The fields are in the message; so are errors, which would get lines of their own.
    messageFormat: (line) => sentenceOf(line),
    hideObject: true,
    errorLikeObjectKeys: [],
  })
  return { write: (json) => options.write(format(json)) }
}

/** The message, then its fields as `key=value`. */
function sentenceOf({ level, time, msg, event, ...fields }: Readonly<Record<string, unknown>>): string {
  // An event's message is its name.
  const named = event === undefined || event === msg ? fields : { event, ...fields }
  const pairs = Object.entries(named).map(([key, value]) => `${key}=${shown(value)}`)
  // What clients and providers send must not write to the terminal.
  return withoutControls([msg, ...pairs].filter((part) => part !== undefined).join('  '))
}

const shown = (value: unknown): string =>
  typeof value === 'string' && /^[\w.:/@+~-]+$/.test(value) ? value : JSON.stringify(value)
