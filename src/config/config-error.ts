/** Everything that is wrong with a configuration, all at once; no sentence holds a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** A file of the configuration is being written: what it says is not to be believed yet. */
export class UnsettledError extends Error {
  override readonly name = 'UnsettledError'
}
