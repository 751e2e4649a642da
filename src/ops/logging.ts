import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

// Nothing is logged whole that a client or provider wrote: only the fields that a log line names.
const serializers = {
  req: (request: { method: string }) => ({ method: request.method }),
  res: (response: { statusCode: number }) => ({ status: response.statusCode }),
  err: (error: Error) => ({ type: error.name, message: error.message }),
}

/** The logger of the process: JSON lines, on stdout where no destination is given. */
export function createLogger(destination?: DestinationStream): Logger {
  const options = {
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    serializers,
  }
  return destination === undefined ? pino(options) : pino(options, destination)
}
