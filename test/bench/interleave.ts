import { createEnding, type Ending } from './ending.js'
import { say } from './say.js'
import type { Server } from './servers/server.js'

/** Figures of a server in one round that counts. */
export type Numbered<T> = T & { readonly server: string; readonly number: number }

interface Interleaving<T> {
  readonly rounds: number
  /** Measures a server once. */
  run(server: Server): Promise<T>
  /** What to tell of it while it goes on. */
  tell(figures: T): string
  /** `false` where the first round is as good as the others. */
  readonly warmUp?: boolean
}

/**
 * A B C, A B C …: what disturbs the machine for a while disturbs them all. A round before the first one only warms up;
 * a single round has none, for it counts little anyway.
 */
export async function interleave<T extends object>(
  servers: readonly Server[],
  { rounds, run, tell, warmUp = true }: Interleaving<T>,
): Promise<Numbered<T>[]> {
  const counted: Numbered<T>[] = []
  for (let number = warmUp && rounds > 1 ? 0 : 1; number <= rounds; number++) {
    for (const server of servers) {
      const figures = await run(server)
      sayRound(number, server, tell(figures))
      if (number > 0) counted.push({ ...figures, server: server.name, number })
    }
  }
  return counted
}

/**
 * The same with other processes in each round, which `warmUp` has put under load before: of one and the same program a
 * process may be a tenth faster than the next one, for as long as it lives.
 */
export async function interleaveProcesses<T extends object>(
  ending: Ending,
  start: (ending: Ending) => Promise<readonly Server[]>,
  {
    rounds,
    warmUp,
    run,
    tell,
  }: Omit<Interleaving<T>, 'warmUp'> & { warmUp(server: Server): Promise<unknown> },
): Promise<Numbered<T>[]> {
  const counted: Numbered<T>[] = []
  for (let number = 1; number <= rounds; number++) {
    const round = createEnding()
    ending.teardown(() => round.run())
    const servers = await start(round)
    for (const server of servers) await warmUp(server)
    for (const server of servers) {
      const figures = await run(server)
      sayRound(number, server, tell(figures))
      counted.push({ ...figures, server: server.name, number })
    }
    await round.run()
  }
  return counted
}

function sayRound(number: number, { name }: Server, figures: string): void {
  const label = number === 0 ? 'warm-up' : `round ${number}`
  say(`${label.padEnd(8)} ${name.padEnd(26)} ${figures}`)
}
