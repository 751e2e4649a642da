import { statSync } from 'node:fs'
import { UnsettledError } from './config-error.js'

/** Milliseconds: two writes within one tick of the file system's clock may leave the same time and size. */
const TICK = 1000
/** Milliseconds for which a file is left alone by who may wait: whoever writes it may not be done. */
const STILL_WRITING = 150

/** What a file looks like from outside. */
export interface FileVersion {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly size: number
  /** Kubernetes swaps a link, so that a new file may have the old time and size. */
  readonly inode: number
}

/** Looks at a file without reading it. Throws what the file system throws. */
export function versionOf(file: string): FileVersion {
  const stats = statSync(file)
  const { mtimeMs, size, ino } = stats
  // What comes through a pipe can be read once, and whoever tries again may wait for ever: it never looks changed.
  return stats.isFile() ? { time: mtimeMs, size, inode: ino } : { time: 0, size: 0, inode: ino }
}

/** Looks at a file; `undefined` where that fails, for which reading it has the right words. */
export function tryVersionOf(file: string): FileVersion | undefined {
  try {
    return versionOf(file)
  } catch {
    return undefined
  }
}

/** Whether there is a file that looks the same both times. */
export const isSameVersion = (one: FileVersion | undefined, other: FileVersion | undefined): boolean =>
  one !== undefined && one.time === other?.time && one.size === other.size && one.inode === other.inode

// Clocks differ, of other machines that is.
const ageOf = ({ time }: FileVersion): number => Math.abs(Date.now() - time)

/** The version under which a file is remembered that is read now; `undefined` where it could be mistaken for another's. */
export const versionToKeep = (found: FileVersion | undefined): FileVersion | undefined =>
  found !== undefined && ageOf(found) > TICK ? found : undefined

/** Throws `UnsettledError` where a file has just been written. */
export function requireSettled(found: FileVersion | undefined): void {
  if (found !== undefined && ageOf(found) < STILL_WRITING) {
    throw new UnsettledError('a file has just been written')
  }
}

/** Throws `UnsettledError` where a file does not look as it did before it was read. */
export function requireSame(file: string, found: FileVersion | undefined): void {
  const now = tryVersionOf(file)
  if (now !== found && !isSameVersion(now, found)) {
    throw new UnsettledError('a file was written while it was read')
  }
}
