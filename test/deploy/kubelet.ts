import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
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

/** Lays files out as a volume that is mounted for the first time. */
export function mountFiles(folder: string, files: Readonly<Record<string, string>>): void {
  const version = '..2026_11_22_09_00_00.1234567890'
  writeVersion(join(folder, version), files)
  symlinkSync(version, join(folder, '..data'))
  for (const name of Object.keys(files)) symlinkSync(join('..data', name), join(folder, name))
}

/** Replaces the files of a mounted volume in the kubelet's order: one link is swapped, then the links of files follow. */
export function swapFiles(folder: string, files: Readonly<Record<string, string>>, version: string): void {
  const former = readlinkSync(join(folder, '..data'))
  writeVersion(join(folder, version), files)
  symlinkSync(version, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
  const links = readdirSync(folder).filter((name) => !name.startsWith('..'))
  for (const name of links) if (!(name in files)) rmSync(join(folder, name))
  for (const name of Object.keys(files)) {
    if (!links.includes(name)) symlinkSync(join('..data', name), join(folder, name))
  }
  rmSync(join(folder, former), { recursive: true })
}

function writeVersion(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
}
