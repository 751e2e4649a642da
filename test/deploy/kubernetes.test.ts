import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { loadConfig } from '../../src/config/load.js'
import { mountVolumes } from './kubelet.js'
import { type Container, type Labels, matches, type Workload, workloadsIn } from './pods.js'
import { fileOf, type Manifest, manifestsIn, RENDERINGS } from './renderings.js'
import { problemsOf } from './unknown-fields.js'

interface Scene {
  readonly manifests: readonly Manifest[]
  readonly workloads: readonly Workload[]
  /** The pods with the sidecar, and its container. */
  readonly workload: Workload
  readonly sidecar: Container
  readonly app: Container
}

const scenes = RENDERINGS.map((rendering): readonly [string, Scene] => {
  const manifests = manifestsIn(readFileSync(fileOf(rendering), 'utf8'))
  const workloads = workloadsIn(manifests)
  const containerOf = (workload: Workload, name: string) =>
    workload.pod.containers.find((one) => one.name === name)
  for (const workload of workloads) {
    const sidecar = containerOf(workload, 'doorward')
    const app = containerOf(workload, 'app')
    if (sidecar && app) return [rendering.name, { manifests, workloads, workload, sidecar, app }]
  }
  throw new Error(`${rendering.name} has no pod with app and sidecar`)
})

/** One test for everything that an operator may apply. */
function testEach(sentence: string, check: (t: Test, scene: Scene, name: string) => Promise<void>): void {
  test(sentence, async (t) => {
    for (const [name, scene] of scenes) await t.test(name, (t) => check(t, scene, name))
  })
}

const ofKind = ({ manifests }: Scene, kind: string) => manifests.filter((manifest) => manifest.kind === kind)

/** Doorward's configuration, read as in the pod. */
function configOf(t: Test, { manifests, workload, sidecar }: Scene) {
  const root = t.testdir()
  mountVolumes(root, sidecar, workload, manifests)
  // Paths in the pod are absolute; here they begin elsewhere.
  for (const folder of ['config', 'tenants']) {
    const files = join(root, 'etc/doorward', folder, '..data')
    for (const name of readdirSync(files)) {
      const text = readFileSync(join(files, name), 'utf8')
      writeFileSync(join(files, name), text.replaceAll('/etc/doorward', join(root, 'etc/doorward')))
    }
  }
  const file = sidecar.args?.[sidecar.args.indexOf('--config') + 1] ?? ''
  return loadConfig(join(root, file), {})
}

test('the API has every field that is used, and each has the right type', async (t) => {
  const all = scenes.flatMap(([, { manifests }]) => manifests)
  const service = all.find(({ kind }) => kind === 'Service') as Manifest
  // One that is wrong goes with them, to see that somebody looks.
  const misspelt = { ...service, metadata: { ...service.metadata, name: 'misspelt' }, sepc: {} }
  const problems = problemsOf([...all, misspelt])
  t.equal(problems.length, 1)
  t.match(problems, [/^Service\/misspelt: .*'"sepc"' does not exist/])
})

testEach('the schemas of the API accept every object', async (t, { manifests }) => {
  for (const manifest of manifests) {
    const models: Readonly<Record<string, new (data: Manifest) => { validate(): void }>> = await import(
      `kubernetes-models/${manifest.apiVersion}`
    )
    const Model = models[manifest.kind]
    t.ok(Model, `${manifest.apiVersion} ${manifest.kind}`)
    if (Model)
      t.doesNotThrow(() => new Model(manifest).validate(), `${manifest.kind}/${manifest.metadata.name}`)
  }
})

// https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
testEach(
  'every pod keeps to the restricted profile, on a read-only file system, without API access',
  async (t, scene) => {
    for (const { name, pod } of scene.workloads) {
      t.notOk(pod.hostNetwork || pod.hostPID || pod.hostIPC, name)
      t.equal(pod.automountServiceAccountToken, false, `${name} has no token of the API`)
      t.equal(pod.enableServiceLinks, false)
      for (const { configMap, secret, emptyDir } of pod.volumes)
        t.ok(configMap ?? secret ?? emptyDir, 'no host path')
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        const { capabilities, ...context } = { ...pod.securityContext, ...container.securityContext }
        t.match(context, {
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
        })
        t.ok(context.runAsUser, `${name}/${container.name} is a number that is not root`)
        t.match(context.seccompProfile, { type: 'RuntimeDefault' })
        t.notOk(context.privileged)
        t.same(capabilities, { drop: ['ALL'] })
        t.match(container.resources, { requests: { cpu: /\d/, memory: /\d/ }, limits: { memory: /\d/ } })
        t.notMatch(container.image, /:latest$/)
      }
    }
  },
)

testEach('what names something else finds it', async (t, scene, name) => {
  const maps = ofKind(scene, 'ConfigMap').map(({ metadata }) => metadata.name)
  for (const { pod, claims, selector, labels } of scene.workloads) {
    t.ok(matches(selector, labels), 'a workload finds its pods')
    const volumes = [...pod.volumes.map((volume) => volume.name), ...claims]
    for (const { volumeMounts = [], ports = [], ...container } of pod.containers) {
      for (const mount of volumeMounts) {
        t.ok(volumes.includes(mount.name), `${name}: ${container.name} mounts ${mount.name}`)
        t.equal(mount.subPath, undefined, 'a subPath is never updated')
      }
      for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
        const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port
        if (port !== undefined)
          t.ok(
            ports.some((candidate) => candidate.name === port),
            `probe at ${port}`,
          )
      }
    }
    for (const { configMap } of pod.volumes)
      if (configMap) t.ok(maps.includes(configMap.name), configMap.name)
  }
  for (const kind of ['Service', 'PodDisruptionBudget', 'NetworkPolicy']) {
    for (const { metadata, spec } of ofKind(scene, kind)) {
      const { selector, podSelector } = spec as { selector?: Labels; podSelector?: Labels }
      const found = (podSelector ?? selector ?? {}) as Labels & { readonly matchLabels?: Labels }
      const labels = found.matchLabels ?? found
      const chosen = scene.workloads.filter((workload) => matches(labels, workload.labels))
      t.equal(chosen.length, 1, `${kind}/${metadata.name} is about one workload`)
    }
  }
})

testEach(
  'Doorward reads what is mounted, and finds the app on loopback and Redis at its Service',
  async (t, scene) => {
    const config = configOf(t, scene)
    t.ok(config.tenants.length > 0)
    for (const { upstream } of config.tenants) {
      const port = scene.app.env?.find(({ name }) => name === 'PORT')?.value ?? '3000'
      t.equal(upstream.url, `http://127.0.0.1:${port}`)
    }
    t.match(config.server.listen, {
      port: scene.sidecar.ports?.find(({ name }) => name === 'http')?.containerPort,
    })
    t.match(config.admin.listen, {
      port: scene.sidecar.ports?.find(({ name }) => name === 'admin')?.containerPort,
    })
    const services = ofKind(scene, 'Service').map(({ metadata }) => metadata.name)
    t.match(config.session.store, { kind: 'redis' })
    t.ok(
      services.some((service) => JSON.stringify(config.session.store).includes(`"${service}"`)),
      'the store is a Service',
    )
  },
)

testEach(
  'nobody reaches the app or the admin listener by a Service, and only Doorward reaches Redis',
  async (t, scene) => {
    t.equal(scene.app.ports, undefined)
    const ports = ofKind(scene, 'Service').flatMap(
      ({ spec }) => (spec as { ports: { targetPort: string }[] }).ports,
    )
    t.same([...new Set(ports.map(({ targetPort }) => targetPort))].sort(), ['http', 'redis'])
    const policies = ofKind(scene, 'NetworkPolicy').map(({ spec }) => spec as Policy)
    for (const { labels, name } of scene.workloads) {
      const types = policies.filter(({ podSelector }) => matches(podSelector.matchLabels, labels))
      t.ok(
        types.some(({ policyTypes }) => policyTypes.includes('Ingress') && policyTypes.includes('Egress')),
        name,
      )
    }
    const redis = policies.find(({ ingress }) =>
      ingress?.some(({ ports }) => ports.some(({ port }) => port === 'redis')),
    )
    const from = redis?.ingress?.flatMap((rule) => rule.from) ?? []
    t.equal(from.length, 1)
    for (const { podSelector } of from)
      t.ok(matches(podSelector?.matchLabels ?? { none: '' }, scene.workload.labels))
    t.same(redis?.egress, [])
  },
)

interface Policy {
  readonly podSelector: { readonly matchLabels: Labels }
  readonly policyTypes: readonly string[]
  readonly ingress?: readonly {
    readonly from: readonly { readonly podSelector?: { readonly matchLabels: Labels } }[]
    readonly ports: readonly { readonly port: string | number }[]
  }[]
  readonly egress?: readonly object[]
}

testEach('a pod that goes has time for its requests, and the app outlasts Doorward', async (t, scene) => {
  const { drain_delay, timeout } = configOf(t, scene).server.shutdown
  const seconds = (drain_delay + timeout) / 1000
  const { terminationGracePeriodSeconds: grace } = scene.workload.pod
  t.equal(
    scene.sidecar.lifecycle,
    undefined,
    'Doorward drains by itself: a preStop would only take from its time',
  )
  const sleep = scene.app.lifecycle?.preStop?.sleep?.seconds ?? 0
  t.ok(sleep >= seconds, `the app hears of it after ${sleep} s, Doorward needs ${seconds} s at most`)
  t.ok(grace > sleep, `and then has ${grace - sleep} s`)
  t.match(scene.sidecar.readinessProbe, { httpGet: { path: '/readyz', port: 'admin' } })
  t.match(scene.sidecar.livenessProbe, { httpGet: { path: '/livez', port: 'admin' } })
})

test("the Secret of the README has every key that the example's pods ask for", async (t) => {
  const readme = readFileSync('deploy/kubernetes/README.md', 'utf8')
  const made = [...readme.matchAll(/--from-(?:literal|file)=([\w-]+)=/g)].map(([, key]) => key)
  const [, example] = scenes.find(([name]) => name === 'example') ?? []
  const pods = JSON.stringify(example?.workloads)
  const asked = [...pods.matchAll(/"key":"([\w-]+)"/g)].map(([, key]) => key)
  t.same([...new Set(asked)].sort(), made.sort())
})

test("the example's Ingress leads every tenant's hostname to Doorward", async (t) => {
  const [, example] = scenes.find(([name]) => name === 'example') ?? []
  if (example === undefined) throw new Error('there is no example')
  const hosts = ofKind(example, 'Ingress').flatMap(
    ({ spec }) => (spec as { rules: { host: string }[] }).rules,
  )
  const origins = configOf(t, example).tenants.flatMap((tenant) => tenant.origins)
  t.same(hosts.map(({ host }) => `https://${host}`).sort(), [...origins].sort())
})
