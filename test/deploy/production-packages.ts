import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface LockedPackage {
  readonly dev?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
}

interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** The packages that `npm ci --omit=dev` installs, by their path in the lock file. */
export function productionPackages(root: string): readonly (readonly [path: string, entry: LockedPackage])[] {
  const lock: Lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  return Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true)
}

/**
 * Stands for `npm ci --omit=dev --ignore-scripts` where there may be no registry: the same packages, from where
 * `npm ci` has already put them. Throws for one that is not there.
 */
export function installProduction(root: string, into: string): void {
  // One call for each scope: starting a program for each package takes longer than copying it.
  const scopes = new Map<string, string[]>()
  for (const [path, { optional }] of productionPackages(root)) {
    // What lies inside another package comes along with that.
    const isNested = path.lastIndexOf('node_modules/') > 0
    const isLeftOut = optional === true && !existsSync(join(root, path))
    if (isNested || isLeftOut) continue
    scopes.set(dirname(path), [...(scopes.get(dirname(path)) ?? []), join(root, path)])
  }
  for (const [scope, packages] of scopes) {
    mkdirSync(join(into, scope), { recursive: true })
    execFileSync('cp', ['-R', ...packages, join(into, scope)])
  }
}

/** Copies a folder with all that is in it; many times faster than Node's own way. */
export function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  execFileSync('cp', ['-R', `${from}/.`, to])
}
