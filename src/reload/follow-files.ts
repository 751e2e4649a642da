import { type FSWatcher, watch } from 'node:fs'
import type { Logger } from 'pino'
import type { Watched } from '../config/config-source.js'

interface FollowOptions {
  /** Where to look, asked anew for each look. */
  watched(): readonly Watched[]
  /** Called when something may have changed; one call at a time. */
  look(): Promise<void>
  readonly log: Logger
  /** Milliseconds between looks without a reason. */
  readonly interval?: number
}

/** Milliseconds of silence after which a look is worth while, and after which it is due in spite of noise. */
const QUIET = 200
const LONGEST_NOISE = 600
/** Network mounts and the file sharing of virtual machines tell nothing. */
const INTERVAL = 30_000

/** Looks whenever files change, and now and then without being told. Returns what ends it; it holds no process up. */
export function followFiles({ watched, look, log, interval = INTERVAL }: FollowOptions): () => void {
  let watchers: FSWatcher[] = []
  let armed = ''
  let noiseSince: number | undefined
  let quiet: NodeJS.Timeout | undefined
  let isLooking = false
  let isAgain = false
  let isBlind = false
  let isOver = false

  function disarm(): void {
    for (const watcher of watchers) watcher.close()
    watchers = []
  }

  // Anew for each look: what is watched is an inode, and files and links are replaced by others of their name.
  function arm(places: readonly Watched[]): void {
    disarm()
    armed = pathsOf(places)
    for (const { path, concerns } of places) {
      try {
        const watcher = watch(path, { persistent: false }, (_event, name) => {
          if (name === null || concerns(name)) hear()
        })
        watcher.on('error', () => watcher.close())
        watchers.push(watcher)
      } catch (error) {
        complain(error as NodeJS.ErrnoException)
      }
    }
  }

  function complain({ code }: NodeJS.ErrnoException): void {
    // A file that is not there is told by who reads it.
    if (isBlind || code === 'ENOENT') return
    isBlind = true
    log.warn(
      { reason: code, seconds: interval / 1000 },
      'files cannot be watched; changes are found by looking',
    )
  }

  function hear(): void {
    if (isOver) return
    noiseSince ??= performance.now()
    const patience = Math.max(0, noiseSince + LONGEST_NOISE - performance.now())
    clearTimeout(quiet)
    quiet = setTimeout(lookNow, Math.min(QUIET, patience)).unref()
  }

  function lookNow(): void {
    clearTimeout(quiet)
    noiseSince = undefined
    if (isOver) return
    isAgain = true
    if (!isLooking) lookUntilQuiet()
  }

  async function lookUntilQuiet(): Promise<void> {
    isLooking = true
    while (isAgain && !isOver) {
      isAgain = false
      // Before the files are read, so that whatever changes afterwards is heard of.
      arm(watched())
      await look()
      // What the files say may be that there are others.
      if (pathsOf(watched()) !== armed) isAgain = true
    }
    isLooking = false
  }

  arm(watched())
  const timer = setInterval(lookNow, interval).unref()
  return () => {
    isOver = true
    clearInterval(timer)
    clearTimeout(quiet)
    disarm()
  }
}

const pathsOf = (places: readonly Watched[]): string => places.map(({ path }) => path).join('\n')
