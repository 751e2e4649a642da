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
      const label = number === 0 ? 'warm-up' : `round ${number}`
      say(`${label.padEnd(8)} ${server.name.padEnd(26)} ${tell(figures)}`)
      if (number > 0) counted.push({ ...figures, server: server.name, number })
    }
  }
  return counted
}
