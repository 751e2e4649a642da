import { readFileSync, statSync } from 'node:fs'
import { inspect } from 'node:util'
import { type FileVersion, isSameVersion, versionOf } from './file-version.js'

const PLACEHOLDER = '[secret]'

/** Larger than any key or bundle of authorities; keeps a mistyped path from being read into memory. */
const LARGEST_FILE = 1024 * 1024

/** Whether a value may be used; a file that changes into something else keeps its last good value. */
type Accept = (value: string) => boolean

/** A value that cannot be printed by accident: every way to turn it into text gives a placeholder. */
export class Secret {
  readonly #file: string | undefined
  readonly #accept: Accept
  #value: string
  #version: FileVersion | undefined

  private constructor(value: string, version?: FileVersion, file?: string, accept: Accept = () => true) {
    this.#value = value
    this.#version = version
    this.#file = file
    this.#accept = accept
  }

  /** A secret that was written out or came from the environment. */
  static of(value: string): Secret {
    return new Secret(value)
  }

  /** A secret that follows its file. Throws what the file system throws when the file cannot be read now. */
  static fromFile(file: string, accept?: Accept): Secret {
    const version = versionOf(file)
    return new Secret(readSecret(file), version, file, accept)
  }

  /** The value; that of the file is read again when the file has changed into something usable. */
  reveal(): string {
    if (this.#file !== undefined) this.#follow(this.#file)
    return this.#value
  }

  /** Whether another one comes from the same place and has the same value. */
  equals(other: Secret): boolean {
    return this.#file === other.#file && this.reveal() === other.reveal()
  }

  #follow(file: string): void {
    try {
      const version = versionOf(file)
      if (isSameVersion(version, this.#version)) return
      const value = readSecret(file)
      if (value === '' || !this.#accept(value)) return
      this.#value = value
      this.#version = version
    } catch {
      // Gone for the moment, as while a secret is being replaced: the last good value stays.
    }
  }

  toJSON(): string {
    return PLACEHOLDER
  }

  toString(): string {
    return PLACEHOLDER
  }

  [inspect.custom](): string {
    return PLACEHOLDER
  }
}

/** The text without what editors put round it: a byte order mark and the newline at the end. */
function readSecret(file: string): string {
  const stats = statSync(file)
  // A directory is left to `readFileSync`, which says best what is wrong; a device may have no end.
  if (!stats.isFile() && !stats.isDirectory()) throw new Error('is neither file nor directory')
  if (stats.size > LARGEST_FILE) throw new Error('is too large for a secret')
  return readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .replace(/[\r\n]+$/, '')
}
