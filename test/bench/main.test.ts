import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { test } from 'tap'

// What it measures in so short a time is no figure; that it measures, and cleans up, is what counts here.
test('the bench compares Doorward with a bare proxy, and says so in a table and in JSON', async (t) => {
  const args = ['--import', 'tsx', 'test/bench/main.ts', '--rounds', '1', '--seconds', '1']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  t.match(stdout, /^\| Doorward, memory +\|/m)
  t.match(stdout, /^\| bare undici +\|/m)
  const results = JSON.parse(readFileSync('.bench/results.json', 'utf8'))
  t.ok(results.machine.cores >= 1)
  for (const { requestsPerSecond } of results.rounds) t.ok(requestsPerSecond > 0)
})
