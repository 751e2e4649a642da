import { basename, dirname, resolve } from 'node:path'
import { atOnce, inSlices, type Steps } from '../slices.js'
import { ConfigError } from './config-error.js'
import {
  type FileVersion,
  isSameVersion,
  requireSame,
  requireSettled,
  tryVersionOf,
  versionToKeep,
} from './file-version.js'
import { createFindDuplicates } from './find-duplicates.js'
import { type Problem, sentencesOf } from './problems.js'
import { keepInherited, type MainFile, readMainFile } from './read-main-file.js'
import { createResolveTenants } from './resolve-tenants.js'
import { sameSetting } from './same-setting.js'
import type { Config } from './schema.js'
import type { TenantDraft } from './tenant-draft.js'
import { createTenantFiles } from './tenant-files.js'

/** A place to watch for changes. */
export interface Watched {
  readonly path: string
  /** Whether a name in that directory matters. */
  concerns(name: string): boolean
}

/** A configuration that can be read again, at little cost where little has changed. */
export interface ConfigSource {
  /** As it was read last without a problem. */
  readonly config: Config
  /** Where its files are; those of secrets are left out, for they are followed where they are used. */
  readonly watched: readonly Watched[]
  /**
   * Reads what has changed, in slices: the same object where nothing is said otherwise, and with the same objects for
   * tenants that are as before. Rejects with a `ConfigError` that holds every problem of every file, and for the
   * patient with an `UnsettledError` while a file is being written; `config` stays as it is then.
   */
  read(options: { readonly isPatient: boolean }): Promise<Config>
}

/** What a configuration was made of. */
interface Reading {
  readonly main: MainFile
  readonly drafts: readonly TenantDraft[]
  readonly config: Config
}

/** Reads a configuration for the first time, in one go. Throws a `ConfigError` with every problem of every file. */
export function openConfig(path: string, env: NodeJS.ProcessEnv): ConfigSource {
  const file = resolve(path)
  const readMain = createReadMain(file, env)
  const files = createTenantFiles(env)
  const resolveTenants = createResolveTenants(env)
  let isBroken = false

  function* read(before: Reading | undefined, isPatient: boolean): Steps<Reading> {
    const main = readMain(isPatient)
    const inFiles = yield* files.read(main, isPatient)
    const drafts = [...main.inline, ...inFiles.drafts]
    if (before !== undefined && !isBroken && main === before.main && isSameList(before.drafts, drafts))
      return before
    isBroken = true
    const resolved = yield* resolveTenants(drafts, main.inherited, before?.config.tenants ?? [])
    const duplicates = yield* findAllDuplicates(drafts)
    const found = [...main.problems, ...inFiles.problems, ...resolved.problems, ...duplicates]
    if (found.length > 0 || main.settings === undefined) throw new ConfigError(sentencesOf(found))
    isBroken = false
    const config = { ...main.settings, tenants: resolved.tenants }
    return { main, drafts, config: before === undefined ? config : keepConfig(before.config, config) }
  }

  let reading = atOnce(read(undefined, false))
  return {
    get config() {
      return reading.config
    },
    get watched() {
      return watchedOf(file, reading.main)
    },
    async read({ isPatient }) {
      reading = await inSlices(read(reading, isPatient))
      return reading.config
    },
  }
}

function createReadMain(file: string, env: NodeJS.ProcessEnv) {
  let known: { readonly version: FileVersion | undefined; readonly main: MainFile } | undefined
  return (isPatient: boolean): MainFile => {
    const found = tryVersionOf(file)
    if (known !== undefined && isSameVersion(found, known.version)) return known.main
    if (isPatient) requireSettled(found)
    const { main, problems } = readMainFile(file, env)
    if (isPatient) requireSame(file, found)
    if (main === undefined) throw new ConfigError(sentencesOf(problems))
    // What could not be opened may be there the next time.
    const version = problems.length === 0 ? versionToKeep(found) : undefined
    known = { version, main: known === undefined ? main : keepInherited(known.main, main) }
    return known.main
  }
}

function* findAllDuplicates(drafts: readonly TenantDraft[]): Steps<Problem[]> {
  const find = createFindDuplicates()
  const problems: Problem[] = []
  for (const draft of drafts) {
    problems.push(...find(draft))
    yield
  }
  return problems
}

const isSameList = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((item, index) => item === other[index])

function keepConfig(before: Config, after: Config): Config {
  const { tenants, ...settings } = after
  const { tenants: tenantsBefore, ...settingsBefore } = before
  if (!isSameList(tenantsBefore, tenants)) return after
  return sameSetting(settingsBefore, settings) ? before : after
}

// Kubernetes puts links of its own beside the files, `..data` and others, and changes nothing but them.
function watchedOf(file: string, { place, directory }: MainFile): Watched[] {
  const isKubernetes = (name: string) => name.startsWith('..')
  const main = basename(file)
  const watched: Watched[] = [
    { path: dirname(file), concerns: (name) => name === main || isKubernetes(name) },
    // By itself as well: where it is mounted alone, its directory hears nothing of it.
    { path: file, concerns: () => true },
  ]
  if (directory === undefined) return watched
  const folder = resolve(place.directory, directory)
  const concerns = (name: string) => /\.ya?ml$/.test(name) || isKubernetes(name)
  return [
    ...watched,
    // It may be replaced whole, or be a link that is.
    { path: dirname(folder), concerns: (name) => name === basename(folder) },
    { path: folder, concerns },
  ]
}
