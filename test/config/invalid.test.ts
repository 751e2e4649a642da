import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { ConfigError, loadConfig } from '../../src/config/load.js'

const DIRECTORY = fileURLToPath(new URL('./invalid', import.meta.url))

/** Every secret of a fixture holds this word. */
const SECRET = 's3cret'

const ENV = { EMPTY_VARIABLE: '', BAD_KEY: `${SECRET}-that-is-no-key` }

function problemsOf(file: string): string[] {
  try {
    loadConfig(join(DIRECTORY, file), ENV)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map((problem) => problem.replaceAll(DIRECTORY, '.'))
  }
}

for (const file of readdirSync(DIRECTORY).filter((name) => name.endsWith('.yaml'))) {
  test(`${file} is refused with all its problems and none of its secrets`, async (t) => {
    const expected = readFileSync(join(DIRECTORY, file), 'utf8').matchAll(/^# expect: (.*)$/gm)
    const problems = problemsOf(file)
    t.same(problems.sort(), Array.from(expected, ([, sentence]) => sentence).sort())
    t.notMatch(problems.join('\n'), SECRET)
  })
}
