import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Container, Workload } from './pods.js'
import type { Manifest } from './renderings.js'

/**
 * Lays a container's ConfigMaps and secrets out below `root` as the kubelet does: each file is a link into a folder
 * behind a link. A secret's content is its key's name, that of the session key a key.
 */
export function mountVolumes(
  root: string,
  { volumeMounts = [] }: Container,
  { pod }: Workload,
  manifests: readonly Manifest[],
): void {
  for (const { name, mountPath } of volumeMounts) {
    const volume = pod.volumes.find((candidate) => candidate.name === name)
    const map = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === volume?.configMap?.name,
    )
    const secrets = volume?.secret?.items.map(({ path }) => [path, contentOf(path)]) ?? []
    const files: Readonly<Record<string, string>> =
      map === undefined ? Object.fromEntries(secrets) : dataOf(map)
    mountFiles(join(root, mountPath), files)
  }
}

const dataOf = (map: Manifest) => map.data as Readonly<Record<string, string>>

const contentOf = (secret: string): string =>
  secret === 'session-key' ? Buffer.alloc(32, 1).toString('base64') : `content-of-${secret}`

function mountFiles(folder: string, files: Readonly<Record<string, string>>): void {
  const version = '..2026_11_22_09_00_00.1234567890'
  mkdirSync(join(folder, version), { recursive: true })
  symlinkSync(version, join(folder, '..data'))
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, version, name), content)
    symlinkSync(join('..data', name), join(folder, name))
  }
}
