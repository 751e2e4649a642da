/** What is ready to be written to a connection. */
export interface Departure {
  /** Writes it; does not throw. */
  leave(): void
}

/** Takes what is ready, to be written before anything else is read. */
export type Depart = (departure: Departure) => void

/**
 * Holds back what is ready until all that has arrived in this turn of the event loop has been dealt with. A write wakes
 * whoever waits for it, and under load the waking costs more than the writing; of many writes in a row, only the first
 * finds anybody asleep. Without load a turn is one request, which waits for nothing.
 */
export function leaveTogether(): Depart {
  let ready: Departure[] = []
  const leave = () => {
    const departures = ready
    ready = []
    for (const departure of departures) departure.leave()
  }
  return (departure) => {
    if (ready.length === 0) setImmediate(leave)
    ready.push(departure)
  }
}
