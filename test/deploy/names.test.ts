import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { parse } from 'yaml'
import { readCompose } from './compose.js'
import { readDockerfile } from './dockerfile.js'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const compose = readCompose('docker-compose.yml', 'docker-compose.demo.yml')
const stage = readDockerfile('Dockerfile').find(({ name }) => name === 'doorward')
const wordsOf = (name: string) => stage?.instructions.find((instruction) => instruction.name === name)?.words

test('everything that is deployed is of the version that package.json says', async (t) => {
  t.equal(compose.services.doorward?.image, `doorward:${version}`)
  t.equal(compose.services.orgs?.image, `doorward-demo:${version}`)
  const chart = parse(readFileSync('deploy/helm/doorward/Chart.yaml', 'utf8'))
  t.match(chart, { version, appVersion: version })
  const { images } = parse(readFileSync('deploy/kubernetes/overlays/example/kustomization.yaml', 'utf8'))
  t.match(images, [{ name: 'doorward', newTag: version }])
  for (const folder of ['compose', 'kubernetes']) {
    t.match(readFileSync(`deploy/${folder}/README.md`, 'utf8'), `doorward:${version} keygen`)
  }
})

test('who starts Doorward by its path or asks its ports means those of the image', async (t) => {
  const [node, main] = wordsOf('ENTRYPOINT') ?? []
  t.equal(compose.services.doorward?.entrypoint, undefined, 'Compose starts what the image does')
  for (const file of ['deploy/kubernetes/README.md', 'deploy/helm/doorward/templates/NOTES.txt']) {
    t.match(readFileSync(file, 'utf8'), `${node} ${main} check`, file)
  }
  const config = String(stage?.instructions.find(({ text }) => text.startsWith('DOORWARD_CONFIG='))?.text)
  t.match(config, `${compose.services.doorward?.volumes?.[0]?.split(':')[1]}/doorward.yaml`)
  t.same(wordsOf('EXPOSE'), ['8080', '9090'])
})
