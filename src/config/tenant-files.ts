import { resolve } from 'node:path'
import type { Steps } from '../slices.js'
import { Refusal } from './fields.js'
import {
  type FileVersion,
  isSameVersion,
  requireSame,
  requireSettled,
  tryVersionOf,
  versionToKeep,
} from './file-version.js'
import { type Problem, problem, within } from './problems.js'
import type { MainFile } from './read-main-file.js'
import { draftFile, listTenantFiles, type TenantDraft } from './tenant-draft.js'

interface Known {
  /** `undefined` for a file that is read again in any case. */
  readonly version: FileVersion | undefined
  readonly draft: TenantDraft
}

/** The files of `tenants_dir`, each of which is read again only when it has changed. */
export interface TenantFiles {
  /**
   * The tenants as the files say them now, the same objects where a file has not changed, and what is wrong with the
   * sources of tenants themselves. Throws `UnsettledError` for the patient while a file is being written.
   */
  read(
    main: MainFile,
    isPatient: boolean,
  ): Steps<{ drafts: readonly TenantDraft[]; problems: readonly Problem[] }>
}

/** Begins without knowing any file. */
export function createTenantFiles(env: NodeJS.ProcessEnv): TenantFiles {
  // By name, for the directory is the same for all of them.
  let known = new Map<string, Known>()
  let directoryOfKnown: string | undefined

  // All are looked at before any is read: what is being written is not worth the work.
  function* findChanged(
    path: string,
    names: readonly string[],
    isPatient: boolean,
  ): Steps<Map<string, FileVersion | undefined>> {
    const changed = new Map<string, FileVersion | undefined>()
    for (const name of names) {
      const found = tryVersionOf(`${path}/${name}`)
      const version = known.get(name)?.version
      if (!isSameVersion(found, version)) {
        if (isPatient) requireSettled(found)
        changed.set(name, found)
      }
      yield
    }
    return changed
  }

  function draft(file: string, main: MainFile, found: FileVersion | undefined): Known {
    const drafted = draftFile(file, env, main.place)
    // One that could not be read may be readable the next time.
    return { draft: drafted, version: drafted.problems.length === 0 ? versionToKeep(found) : undefined }
  }

  return {
    *read(main, isPatient) {
      const { directory, place } = main
      const path = resolve(place.directory, directory ?? '.')
      const names = directory === undefined ? [] : yield* listTenantFiles(path)
      if (names instanceof Refusal) {
        return { drafts: [], problems: [problem(within(place, 'tenants_dir'), names.sentence)] }
      }
      if (path !== directoryOfKnown) known = new Map()
      const changed = yield* findChanged(path, names, isPatient)
      const next = new Map<string, Known>()
      const drafts: TenantDraft[] = []
      for (const name of names) {
        const before = changed.has(name) ? undefined : known.get(name)
        const found = before ?? draft(`${path}/${name}`, main, changed.get(name))
        next.set(name, found)
        drafts.push(found.draft)
        yield
      }
      if (isPatient) for (const [name, found] of changed) requireSame(`${path}/${name}`, found)
      known = next
      directoryOfKnown = path
      const isNone = drafts.length + main.inline.length === 0 && main.hasTenantList
      const sentence = 'must hold at least one tenant, here or as a .yaml file in tenants_dir'
      return { drafts, problems: isNone ? [problem(within(place, 'tenants'), sentence)] : [] }
    },
  }
}
