import { parseArgs } from 'node:util'
import { nearestKey } from './config/unknown-key.js'

/** What `--help` prints, and what whoever misuses the command reads. */
export const USAGE = `Usage: doorward <command>

  serve --config FILE             runs the proxy (also without a command)
  check --config FILE             says what is wrong with the configuration, then asks every issuer
  check --config FILE --offline   asks nobody
  urls TENANT --config FILE       prints the URLs to paste into the provider's form
  schema                          prints the JSON Schema of the configuration, for editors
  keygen                          prints a new session key
  --version, --help

DOORWARD_CONFIG names the configuration as well. NO_COLOR and FORCE_COLOR decide about colours.
Exit codes: 0 fine, 1 failed at run time, 2 the configuration or the command is wrong, 130 check was interrupted.
`

const COMMANDS = ['serve', 'check', 'urls', 'schema', 'keygen', 'version', 'help'] as const

/** What somebody asked for. */
export interface Arguments {
  readonly command: (typeof COMMANDS)[number]
  readonly tenant: string | undefined
  readonly config: string | undefined
  readonly offline: boolean
}

/** The command is wrong: its message is one sentence, and the usage helps. */
export class UsageError extends Error {}

const OPTIONS = {
  config: { type: 'string' },
  offline: { type: 'boolean', default: false },
  version: { type: 'boolean', short: 'v', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Reads the words behind the program's name. Throws a `UsageError`. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv)
  const [word = 'serve', ...operands] = positionals
  const command = values.help ? 'help' : values.version ? 'version' : commandOf(word)
  const [tenant, surplus] = command === 'urls' ? operands : [undefined, ...operands]
  if (surplus !== undefined) {
    throw new UsageError(`unexpected argument "${surplus}"; the configuration is named by --config FILE`)
  }
  if (values.config === '') throw new UsageError('name a file after --config')
  if (values.offline && command !== 'check') throw new UsageError('--offline is an option of check')
  return { command, tenant, config: values.config, offline: values.offline }
}

function commandOf(word: string): Arguments['command'] {
  const command = COMMANDS.find((name) => name === word)
  if (command !== undefined) return command
  const meant = nearestKey(word, COMMANDS)
  const isFile = /[./]/.test(word)
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  throw new UsageError(
    `there is no command "${word}"${isFile ? `; to run with that configuration: serve --config ${word}` : hint}`,
  )
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: OPTIONS })
  } catch (error) {
    throw new UsageError(sentenceOf(error))
  }
}

// Node's own sentences are about parsing, and long.
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return String(error)
  const option = /'(?:-\w, )?(--?[^' ]*)/.exec(error.message)?.[1] ?? ''
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const meant = nearestKey(option.replace(/^-+/, ''), Object.keys(OPTIONS))
    return `there is no option ${option}${meant === undefined ? '' : `; did you mean --${meant}?`}`
  }
  if (error.code !== 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') return error.message
  return option === '--config' ? 'name a file after --config' : `${option} takes no value`
}
