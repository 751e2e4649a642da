import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'tap'
import { findProgram } from '../fixtures/find-program.js'
import { fileOf, headOf, manifestsIn, RENDERINGS } from './renderings.js'

// After a change of manifests or chart, on a machine with kubectl and helm:
//   RENDER=1 npx tap test/deploy/renderings.test.ts
const isToWrite = process.env.RENDER === '1'

for (const rendering of RENDERINGS) {
  const file = fileOf(rendering)
  test(`${file} is what ${rendering.program} makes of the sources`, async (t) => {
    const program = findProgram(rendering.program)
    if (isToWrite && program !== undefined) {
      const text = rendering.render(program)
      writeFileSync(file, `${headOf(rendering, text)}\n${text}`)
    }
    t.ok(existsSync(file))
    const [head, kept = ''] = readFileSync(file, 'utf8').split(/\n(.*)/s)
    t.equal(head, headOf(rendering, kept), 'rendered since the last change: RENDER=1 does it anew')
    if (program === undefined) t.comment(`${rendering.program} is not installed: not rendered again`)
    else t.same(manifestsIn(rendering.render(program)), manifestsIn(kept))
  })
}

test('the chart refuses what would go wrong later', async (t) => {
  const helm = findProgram('helm')
  const values = 'test/deploy/rendered/fewest-values.yaml'
  const refused = [
    ['--set', 'replicsa=3'],
    ['--set', 'tenants.acme.client_secret=s3cret'],
    ['--set', 'secretFiles={acme-client-secret}'],
    ['--set', 'app.readinessProbe.httpGet.path=/'],
    ['--set', 'tenants.acme=null'],
  ]
  if (helm === undefined) return t.comment('helm is not installed: its schema is not asked')
  for (const args of refused) {
    const { status } = spawnSync(helm, ['template', 'x', 'deploy/helm/doorward', '--values', values, ...args])
    t.not(status, 0, args.join(' '))
  }
  t.equal(spawnSync(helm, ['lint', '--strict', 'deploy/helm/doorward', '--values', values]).status, 0)
})
