import { Agent, type Dispatcher } from 'undici'
import type { Ending } from './ending.js'
import { sharedClock, startMetronome } from './metronome.js'
import type { Server } from './servers/server.js'

/** Milliseconds from when a request should have been sent to the end of its answer. */
export interface Latencies {
  readonly p50: number
  readonly p99: number
}

/**
 * Asks a server so many times a second, whether it has answered or not. The clock of a request starts when it is due:
 * a server that stalls is charged with every request that it has kept waiting.
 */
export async function askAtConstantRate(
  ending: Ending,
  server: Server,
  { rate, seconds }: { readonly rate: number; readonly seconds: number },
): Promise<Latencies> {
  const agent = new Agent({ pipelining: 1, connections: 256 })
  const answers: Promise<number>[] = []
  try {
    await startMetronome(ending, { interval: 1000 / rate, ticks: rate * seconds }, (due) => {
      const answer = ask(agent, server).then(() => sharedClock() - due)
      // Whoever awaits them all hears of it.
      answer.catch(() => undefined)
      answers.push(answer)
    })
    const latencies = (await Promise.all(answers)).sort((left, right) => left - right)
    return { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) }
  } finally {
    await agent.destroy()
  }
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0

function ask(agent: Agent, { name, url, headers }: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart(_controller, status) {
        if (status !== 200) reject(new Error(`${name} answered ${status}`))
      },
      onResponseData: () => undefined,
      onResponseEnd: () => resolve(),
      onResponseError: (_controller, error) => reject(error),
    }
    agent.dispatch(
      { origin: new URL(url).origin, path: '/', method: 'GET', headers: { ...headers } },
      handler,
    )
  })
}
