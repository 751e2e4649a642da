import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Ending } from './ending.js'
import { launch } from './start-program.js'

const PROGRAM = fileURLToPath(import.meta.resolve('./metronome-program.ts'))

/** What a metronome beats. */
export interface Beat {
  /** Milliseconds. */
  readonly interval: number
  readonly ticks: number
}

/** Milliseconds by the clock that all processes of a machine share. */
export const sharedClock = (): number => Number(process.hrtime.bigint()) / 1e6

/**
 * Calls back for every tick with the moment that it was due at, by the shared clock. Resolves after the last one. A
 * process of its own waits, because timers are late by up to a millisecond, which is more than an answer takes.
 */
export async function startMetronome(
  ending: Ending,
  { interval, ticks }: Beat,
  onTick: (due: number) => void,
): Promise<void> {
  const child = launch(ending, [
    process.execPath,
    '--import',
    'tsx',
    PROGRAM,
    String(interval),
    String(ticks),
  ])
  if (child.stdout === null) throw new Error('the metronome cannot be heard')
  const lines = createInterface(child.stdout)
  lines.on('line', (line) => onTick(Number(line)))
  await once(lines, 'close')
}
