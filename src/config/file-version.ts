import { statSync } from 'node:fs'
import { UnsettledError } from './config-error.js'

/** Milliseconds: two writes within one tick of the file system's clock may leave the same time and size. */
const TICK = 1000
/** Milliseconds for which a file is left alone by who may wait: whoever writes it may not be done. */
const STILL_WRITING = 150

/** What a file looks like from outside. */
export interface FileLook {
  /** Changes with the content. Kubernetes swaps a link, so that a new file may have the old time and size; its inode tells. */
  readonly version: string
  /** Milliseconds since it was written, or until then where clocks differ. */
  readonly age: number
}

/** Looks at a file without reading it. Throws what the file system throws. */
export function lookAt(file: string): FileLook {
  const { mtimeMs, size, ino } = statSync(file)
  return { version: `${mtimeMs}-${size}-${ino}`, age: Math.abs(Date.now() - mtimeMs) }
}

/** Looks at a file; `undefined` where that fails, for which reading it has the right words. */
export function tryLook(file: string): FileLook | undefined {
  try {
    return lookAt(file)
  } catch {
    return undefined
  }
}

/** The version under which a file is remembered that is read now; `undefined` where it could be mistaken for another's. */
export const versionToKeep = (found: FileLook | undefined): string | undefined =>
  found !== undefined && found.age > TICK ? found.version : undefined

/** Throws `UnsettledError` where a file has just been written. */
export function requireSettled(found: FileLook | undefined): void {
  if (found !== undefined && found.age < STILL_WRITING)
    throw new UnsettledError('a file has just been written')
}

/** Throws `UnsettledError` where a file does not look as it did before it was read. */
export function requireSame(file: string, found: FileLook | undefined): void {
  if (tryLook(file)?.version !== found?.version)
    throw new UnsettledError('a file was written while it was read')
}
