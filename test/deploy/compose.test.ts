import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { DCLinter } from 'dclint'
import { test } from 'tap'
import { parse } from 'yaml'
import { tenantsAt } from '../../deploy/demo/tenants.js'
import { loadConfig } from '../../src/config/load.js'
import { type Project, readCompose, type Service } from './compose.js'
import { readDockerfile } from './dockerfile.js'

const BASE = 'docker-compose.yml'
const DEMO = 'docker-compose.demo.yml'
const projects: readonly (readonly [name: string, Project])[] = [
  [BASE, readCompose(BASE)],
  [`${BASE} with ${DEMO}`, readCompose(BASE, DEMO)],
]

interface LintResult {
  readonly messages: readonly { readonly rule: string; readonly type: string }[]
}

test('both files are what the Compose specification allows', async (t) => {
  // Its schema, and what its linter calls errors. An image that is built here gets a name too; which interface a port
  // is published on is looked at below, with variables filled in.
  const rules = { 'no-build-and-image': 0, 'no-unbound-port-interfaces': 0 } as const
  const linter = new DCLinter({ rules, quiet: false, debug: false, exclude: [] })
  const errorsOf = (...files: string[]) => {
    const results: readonly LintResult[] = linter.lintFiles(files, false)
    return results.flatMap(({ messages }) => messages.filter(({ type }) => type === 'error'))
  }
  t.same(errorsOf(BASE, DEMO), [])
  const folder = t.testdir({ [DEMO]: readFileSync(DEMO, 'utf8').replace('read_only', 'read_onyl') })
  t.match(errorsOf(`${folder}/${DEMO}`), [{ rule: 'invalid-schema' }], 'a misspelt key is none')
})

for (const [name, { services, networks = {}, volumes = {}, secrets = {} }] of projects) {
  test(`${name}: all that is named is there`, async (t) => {
    const stages = readDockerfile('Dockerfile').map((stage) => stage.name)
    for (const [service, { build, depends_on = {}, ...settings }] of Object.entries(services)) {
      if (build !== undefined) t.ok(stages.includes(build.target), `${service} is built from a stage`)
      for (const other of Object.keys(depends_on)) t.hasOwnProp(services, other)
      for (const network of settings.networks ?? []) t.hasOwnProp(networks, network)
      for (const secret of settings.secrets ?? []) t.hasOwnProp(secrets, secret)
      for (const volume of settings.volumes ?? []) {
        const [source = ''] = volume.split(':')
        if (source.startsWith('.'))
          t.ok(statSync(source).isDirectory(), `${source}: a folder, so that changes are seen`)
        else t.hasOwnProp(volumes, source)
      }
      const [, joined] = settings.network_mode?.split(':') ?? []
      if (joined !== undefined) t.hasOwnProp(services, joined)
    }
  })

  test(`${name}: Doorward is the only way in, and nobody else is reached from outside`, async (t) => {
    const published = Object.entries(services).filter(([, { ports = [] }]) => ports.length > 0)
    t.same(
      published.map(([service]) => service),
      ['doorward'],
    )
    for (const port of published.flatMap(([, { ports = [] }]) => ports)) t.match(port, /^127\.0\.0\.1:/)
    for (const service of ['app', 'redis']) {
      const own = services[service]?.networks ?? []
      t.equal(own.length, 1)
      for (const network of own)
        t.equal(networks[network]?.internal, true, `${service} cannot reach the internet`)
    }
    t.not(services.app?.networks?.[0], services.redis?.networks?.[0], 'the app cannot reach the sessions')
  })

  test(`${name}: no service has a privilege, or a place to write that it does not need`, async (t) => {
    for (const [service, settings] of Object.entries(services)) {
      t.equal(settings.read_only, true, service)
      t.same(settings.cap_drop, ['ALL'], service)
      t.same(settings.security_opt, ['no-new-privileges:true'], service)
      t.notOk(settings.privileged, service)
    }
  })
}

const secretsOf = (service: Service | undefined): readonly string[] => service?.secrets ?? []

/** The configuration that a project mounts, and what it says. */
function configOf({ services, secrets = {} }: Project) {
  const folder = services.doorward?.volumes?.map((volume) => volume.split(':')[0])[0] ?? ''
  return {
    folder,
    mounted: secretsOf(services.doorward).map((name) => [name, secrets[name]?.file ?? ''] as const),
  }
}

for (const [name, project] of projects) {
  test(`${name}: Doorward reads its configuration, from the secrets that are mounted and no others`, async (t) => {
    const { folder, mounted } = configOf(project)
    const texts = t.testdir({
      'doorward.yaml': readFileSync(`${folder}/doorward.yaml`, 'utf8'),
      tenants: name === BASE ? { 'acme.yaml': readFileSync(`${folder}/tenants/acme.yaml`, 'utf8') } : {},
      // What stands for them; an operator makes those of the base.
      secrets: {
        'redis-password': '0123abc\n',
        'session-key': 'ZG9vcndhcmQtZGVtby1zZXNzaW9uLWtleS1wdWJsaWM=',
        'acme-client-secret': 's3cret',
      },
    })
    const files = ['doorward.yaml', ...(name === BASE ? ['tenants/acme.yaml'] : [])].map(
      (file) => `${texts}/${file}`,
    )
    const used = files.flatMap((file) => [
      ...readFileSync(file, 'utf8').matchAll(/\/run\/secrets\/([\w.-]+)/g),
    ])
    const names = new Set(used.map(([, secret]) => secret))
    t.same([...names].sort(), mounted.map(([secret]) => secret).sort())
    for (const file of files) {
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('/run/secrets', `${texts}/secrets`))
    }
    const config = loadConfig(`${texts}/doorward.yaml`, {})
    t.match(config.session.store, { kind: 'redis' })
    t.ok(config.tenants.length > 0)
    const grace = Number.parseInt(String(project.services.doorward?.stop_grace_period), 10) * 1000
    const { drain_delay, timeout } = config.server.shutdown
    t.ok(grace > drain_delay + timeout, 'Docker waits for longer than Doorward may take')
  })
}

test('the demo has the tenants of npm run demo, and its secrets are there', async (t) => {
  const project = readCompose(BASE, DEMO)
  const { folder, mounted } = configOf(project)
  for (const [secret, file] of mounted) t.ok(statSync(file).size > 0, secret)
  const secretFile = Object.fromEntries(mounted)['acme-client-secret'] ?? ''
  const { tenants } = parse(readFileSync(`${folder}/doorward.yaml`, 'utf8'))
  const environment = project.services.orgs?.environment ?? {}
  const issuers = { acme: environment.ACME_PORT, globex: environment.GLOBEX_PORT }
  const expected = tenantsAt(Number(environment.DOORWARD_PORT)).map((tenant) => ({
    id: tenant.id,
    origins: [tenant.origin],
    issuer: `http://localhost:${issuers[tenant.org]}`,
    client_id: tenant.clientId,
    client_secret: tenant.clientSecret,
    scopes: ['openid', 'profile', 'email', 'groups'],
  }))
  const secret = readFileSync(secretFile, 'utf8').trim()
  const written = tenants.map((tenant: { client_secret: unknown }) =>
    typeof tenant.client_secret === 'string' ? tenant : { ...tenant, client_secret: secret },
  )
  t.same(written, expected)
  t.ok(
    project.services.doorward?.ports?.includes(`127.0.0.1:${issuers.acme}:${environment.ACME_OUTSIDE_PORT}`),
  )
  t.ok(
    project.services.doorward?.ports?.includes(
      `127.0.0.1:${issuers.globex}:${environment.GLOBEX_OUTSIDE_PORT}`,
    ),
  )
})
