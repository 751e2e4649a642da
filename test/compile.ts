import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync, symlinkSync } from 'node:fs'

// A copy of the project in which everything is compiled, for `npm test`: each of the many files starts in less than half
// of the time that it takes with a compiler in its process. Whatever tests read beside them is in the copy as well.
const COPY = '.tests'
const LEFT_OUT = new Set(['.bench', '.git', '.tap', COPY, 'node_modules'])

rmSync(COPY, { recursive: true, force: true })
for (const name of readdirSync('.')) {
  if (!LEFT_OUT.has(name)) cpSync(name, `${COPY}/${name}`, { recursive: true })
}
symlinkSync('../node_modules', `${COPY}/node_modules`)
execFileSync('tsc', ['--noEmit', 'false', '--noCheck', '--inlineSourceMap', '--outDir', COPY], {
  stdio: 'inherit',
})
