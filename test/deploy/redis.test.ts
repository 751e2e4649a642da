import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@keyv/redis'
import { type Test, test } from 'tap'
import { startRedisProcess } from '../fixtures/redis-process.js'
import { requireBinary } from '../fixtures/require-binary.js'
import { readCompose } from './compose.js'
import { type Container, type Labels, workloadsIn } from './pods.js'
import { fileOf, manifestsIn, RENDERINGS } from './renderings.js'

const PASSWORD = '0123456789abcdef'

/** How a Redis of ours is started: a shell's arguments, and the settings that its script reads. */
interface Start {
  readonly name: string
  readonly args: readonly string[]
  readonly settings: string
}

const compose = readCompose('docker-compose.yml').services.redis

const starts: readonly Start[] = [
  {
    name: 'Compose',
    args: [...(compose?.entrypoint?.slice(1) ?? []), ...(compose?.command ?? [])],
    settings: '',
  },
  ...RENDERINGS.map((rendering): Start => {
    const manifests = manifestsIn(readFileSync(fileOf(rendering), 'utf8'))
    const maps = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ data }) => data as Labels)
    const settings = maps.flatMap((data) => data['redis.conf'] ?? []).join('\n')
    const containers = workloadsIn(manifests).flatMap(({ pod }): readonly Container[] => pod.containers)
    const { command = [], args = [] } = containers.find(({ name }) => name === 'redis') ?? {}
    return { name: rendering.name, args: [...command.slice(1), ...args], settings }
  }),
]

async function startAsSaid(t: Test, { args, settings }: Start) {
  const secrets = t.testdir({
    'redis-password': `${PASSWORD}\n`,
    'redis.conf': '',
  })
  return startRedisProcess(t, '/bin/sh', (port, folder) => {
    const here = (text: string) =>
      text
        .replaceAll('/run/secrets/redis/', `${secrets}/`)
        .replaceAll('/run/secrets/', `${secrets}/`)
        .replaceAll('/etc/redis/', `${secrets}/`)
        .replace(/^(\s*)dir \/data$/m, `$1dir ${folder}`)
        .replace(/^(\s*)port 6379$/m, `$1port ${port}`)
    const hasPort = args.some((arg) => /port 6379/.test(arg))
    writeFileSync(join(secrets, 'redis.conf'), `${hasPort ? '' : `port ${port}\n`}${here(settings)}`)
    return args.map(here)
  })
}

test('every Redis of ours keeps its data, refuses strangers, and signs nobody out when it is full', async (t) => {
  if (requireBinary(t, 'redis-server') === undefined) return
  // The base and the chart; what is laid over them does not change how Redis starts.
  for (const start of starts.filter(({ name }) => ['Compose', 'base', 'chart-with-values'].includes(name))) {
    await t.test(start.name, async (t) => {
      const redis = await startAsSaid(t, start)
      await t.rejects(redis.command('PING'), /NOAUTH/)
      const client = createClient({ url: `redis://default:${PASSWORD}@127.0.0.1:${redis.port}` })
      await client.connect()
      t.teardown(() => client.destroy())
      const settingOf = async (name: string) => (await client.configGet(name))[name]
      t.equal(await settingOf('maxmemory-policy'), 'noeviction')
      t.ok(Number(await settingOf('maxmemory')) > 0)
      t.equal(await settingOf('appendonly'), 'yes')
      t.equal(await settingOf('save'), '')
    })
  }
})
