/** Whom to leave alone for how long after failures, by name. */
export interface Backoff {
  /** Milliseconds until the next attempt may begin; 0 when it may now. */
  pauseLeft(name: string): number
  /** Whether an attempt must wait: for the end of a pause, or for the one attempt that tries whether it is over. */
  isPaused(name: string): boolean
  /** Notes that an attempt begins; after a failure it is the only one until it has succeeded or failed. */
  begin(name: string): void
  succeeded(name: string): void
  /** Begins a pause, of `atLeast` milliseconds where the other side has asked for it. */
  failed(name: string, atLeast?: number): void
}

interface BackoffOptions {
  readonly now: () => number
  /** Milliseconds; each pause is twice as long as the one before. */
  readonly firstPause: number
  readonly longestPause: number
}

interface Trouble {
  pause: number
  until: number
  isProbed: boolean
}

/** Builds a backoff that forgets whom nobody has asked about for a while. */
export function createBackoff({ now, firstPause, longestPause }: BackoffOptions): Backoff {
  const troubles = new Map<string, Trouble>()

  const pauseLeft = (name: string): number => Math.max(0, (troubles.get(name)?.until ?? 0) - now())

  function forgetOld(): void {
    for (const [name, { until, isProbed }] of troubles) {
      if (isProbed || until + longestPause > now()) break
      troubles.delete(name)
    }
  }

  function nextTrouble(before: Trouble | undefined): Pick<Trouble, 'pause' | 'until'> {
    // Of many attempts that were under way together, the first failure counts.
    if (before !== undefined && now() < before.until) return before
    const pause = before === undefined ? firstPause : Math.min(before.pause * 2, longestPause)
    return { pause, until: now() + pause }
  }

  return {
    pauseLeft,
    isPaused: (name) => pauseLeft(name) > 0 || (troubles.get(name)?.isProbed ?? false),
    begin(name) {
      const trouble = troubles.get(name)
      if (trouble !== undefined) trouble.isProbed = true
    },
    succeeded(name) {
      troubles.delete(name)
    },
    failed(name, atLeast = 0) {
      const next = nextTrouble(troubles.get(name))
      // Taken out first, so that the oldest stay in front.
      troubles.delete(name)
      troubles.set(name, { ...next, until: Math.max(next.until, now() + atLeast), isProbed: false })
      forgetOld()
    },
  }
}
