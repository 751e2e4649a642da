import { resolve } from 'node:path'
import type { Steps } from '../slices.js'
import { Refusal } from './fields.js'
import { type FileLook, requireSame, requireSettled, tryLook, versionToKeep } from './file-version.js'
import { type Problem, problem, within } from './problems.js'
import type { MainFile } from './read-main-file.js'
import { draftFile, listTenantFiles, type TenantDraft } from './tenant-draft.js'

interface Known {
  /** `undefined` for a file that is read again in any case. */
  readonly version: string | undefined
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
  let known = new Map<string, Known>()

  // All are looked at before any is read: what is being written is not worth the work.
  function* findChanged(
    path: string,
    names: readonly string[],
    isPatient: boolean,
  ): Steps<Map<string, FileLook | undefined>> {
    const changed = new Map<string, FileLook | undefined>()
    for (const name of names) {
      const file = `${path}/${name}`
      const found = tryLook(file)
      const version = known.get(file)?.version
      if (found === undefined || found.version !== version) {
        if (isPatient) requireSettled(found)
        changed.set(file, found)
      }
      yield
    }
    return changed
  }

  function draft(file: string, main: MainFile, found: FileLook | undefined): Known {
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
      const changed = yield* findChanged(path, names, isPatient)
      const next = new Map<string, Known>()
      const drafts: TenantDraft[] = []
      for (const name of names) {
        const file = `${path}/${name}`
        const before = changed.has(file) ? undefined : known.get(file)
        const found = before ?? draft(file, main, changed.get(file))
        next.set(file, found)
        drafts.push(found.draft)
        yield
      }
      if (isPatient) for (const [file, found] of changed) requireSame(file, found)
      known = next
      const isNone = drafts.length + main.inline.length === 0 && main.hasTenantList
      const sentence = 'must hold at least one tenant, here or as a .yaml file in tenants_dir'
      return { drafts, problems: isNone ? [problem(within(place, 'tenants'), sentence)] : [] }
    },
  }
}
