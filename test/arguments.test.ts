import { test } from 'tap'
import { readArguments, UsageError } from '../src/arguments.js'

const NOTHING = { tenant: undefined, config: undefined, offline: false }

test('a command line says what to do, in any order', async (t) => {
  for (const [line, expected] of [
    ['', { command: 'serve' }],
    ['--config a', { command: 'serve', config: 'a' }],
    ['--offline --config=a check', { command: 'check', config: 'a', offline: true }],
    ['urls --config a acme', { command: 'urls', config: 'a', tenant: 'acme' }],
    ['check --help', { command: 'help' }],
    ['-v', { command: 'version' }],
  ] as const) {
    t.same(readArguments(line.split(' ').filter(Boolean)), { ...NOTHING, ...expected }, line)
  }
})

test('a command line that is wrong gets a sentence that says what is right', async (t) => {
  for (const [line, sentence] of [
    ['chek', 'there is no command "chek"; did you mean "check"?'],
    ['frobnicate', 'there is no command "frobnicate"'],
    ['a.yaml', 'there is no command "a.yaml"; to run with that configuration: serve --config a.yaml'],
    ['serve a.yaml', 'unexpected argument "a.yaml"; the configuration is named by --config FILE'],
    ['urls acme globex', 'unexpected argument "globex"; the configuration is named by --config FILE'],
    ['--confg a', 'there is no option --confg; did you mean --config?'],
    ['-x', 'there is no option -x'],
    ['serve --port 80', 'there is no option --port'],
    ['check --config', 'name a file after --config'],
    ['check --config --offline', 'name a file after --config'],
    ['check --config=', 'name a file after --config'],
    ['check --offline=yes', '--offline takes no value'],
    ['serve --offline', '--offline is an option of check'],
  ] as const) {
    t.throws(() => readArguments(line.split(' ')), new UsageError(sentence), line)
  }
})
