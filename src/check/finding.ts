/** How much a finding matters: an `error` is what fails for certain. */
export type Level = 'error' | 'warning' | 'note'

/** One thing about a tenant that somebody should know, and what to do about it. */
export interface Finding {
  readonly level: Level
  /** A word to find the lines of one kind by. */
  readonly topic: string
  readonly sentence: string
}

/** Something that keeps people from signing in or out, or the tenant from being served. */
export const error = (topic: string, sentence: string): Finding => ({ level: 'error', topic, sentence })

/** Something that may work and deserves a look. */
export const warning = (topic: string, sentence: string): Finding => ({ level: 'warning', topic, sentence })

/** Something to know. */
export const note = (topic: string, sentence: string): Finding => ({ level: 'note', topic, sentence })

/** Whether something fails for certain. */
export const hasErrors = (findings: readonly Finding[]): boolean =>
  findings.some(({ level }) => level === 'error')
