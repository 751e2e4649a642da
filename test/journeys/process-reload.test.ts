import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'tap'
import { mountFiles, swapFiles } from '../deploy/kubelet.js'
import { Client } from '../fixtures/client.js'
import { runDoorward } from '../fixtures/process.js'
import { writeConfig } from '../fixtures/proxy.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { until } from '../fixtures/until.js'
import { startUpstream } from '../fixtures/upstream.js'

test('a process follows its files: swapped by Kubernetes, edited in place, or when it gets SIGHUP', async (t) => {
  const [port, adminPort] = [await reservePort(), await reservePort()]
  const upstream = await startUpstream()
  t.teardown(() => upstream.close())
  const settings = (access: string) => ({
    server: { listen: `127.0.0.1:${port}`, shutdown: { drain_delay: '0s' } },
    admin: { listen: `127.0.0.1:${adminPort}` },
    upstream: upstream.url,
    rules: [{ path: '/**', access }],
    tenants_dir: 'tenants',
  })
  const tenant = (name: string) =>
    JSON.stringify({
      origins: [`http://${name}.localhost:${port}`],
      issuer: 'http://127.0.0.1:1',
      client_id: name,
      client_secret: 's3cret',
    })
  const file = writeConfig(t, settings('public'))
  const folder = join(dirname(file), 'tenants')
  mountFiles(folder, { 'acme.yaml': tenant('acme') })
  const doorward = runDoorward(t, ['serve', '--config', file])
  await doorward.logged('listening')
  const client = new Client()
  const statusOf = async (name: string) => (await client.xhr(`http://${name}.localhost:${port}/echo`)).status
  const readyz = () => client.get(`http://127.0.0.1:${adminPort}/readyz`)
  t.equal(await statusOf('acme'), 200)

  swapFiles(folder, { 'acme.yaml': tenant('acme'), 'globex.yaml': tenant('globex') }, '..next')
  await until('the new tenant is served', async () => (await statusOf('globex')) === 200)
  t.match(await doorward.logged('config.reloaded'), { added: 'globex', changed: 'none', tenants: 2 })

  // As editors do that truncate the file first, and people who save twice.
  for (const text of ['', JSON.stringify(settings('optional')), '', JSON.stringify(settings('required'))]) {
    writeFileSync(file, text)
  }
  await until('the last edit counts', async () => (await statusOf('acme')) === 401)

  writeFileSync(file, JSON.stringify({ ...settings('public'), tenants_dir: 'nowhere' }))
  doorward.kill('SIGHUP')
  t.match(await doorward.logged('config.reload_failed'), {
    problems: [/^tenants_dir: .*nowhere does not exist$/],
  })
  t.match((await readyz()).text(), 'stale: 1 problem')
  t.equal(await statusOf('acme'), 401)
  writeFileSync(file, JSON.stringify(settings('public')))
  doorward.kill('SIGHUP')
  await until('it is mended', async () => (await statusOf('acme')) === 200)
  t.same((await readyz()).json(), { status: 'ready' })
  doorward.kill('SIGTERM')
  t.equal(await doorward.exit, 0)
})

test('a configuration that comes through a pipe is read once, and a SIGHUP meanwhile ends nothing', async (t) => {
  const [port, adminPort] = [await reservePort(), await reservePort()]
  const file = join(t.testdir({}), 'doorward.yaml')
  execFileSync('/usr/bin/env', ['mkfifo', file])
  const doorward = runDoorward(t, ['serve', '--config', file])
  // Waits until somebody reads.
  const pipe = await open(file, 'w')
  doorward.kill('SIGHUP')
  const tenant = { origins: ['https://acme.example.com'], issuer: 'https://acme.okta.com', client_id: '0oa' }
  const settings = {
    server: { listen: `127.0.0.1:${port}`, shutdown: { drain_delay: '0s' } },
    admin: { listen: `127.0.0.1:${adminPort}` },
    upstream: 'http://127.0.0.1:1',
    tenants: [{ ...tenant, client_secret: 's3cret' }],
  }
  await pipe.writeFile(JSON.stringify(settings))
  await pipe.close()
  t.match(await doorward.logged('the configuration has not changed'), { reason: 'SIGHUP' })
  const { status } = await new Client().get(`http://127.0.0.1:${adminPort}/livez`)
  t.equal(status, 200, 'it does not wait for somebody who writes again')
})
