import { readdirSync } from 'node:fs'
import { basename, extname, isAbsolute, relative } from 'node:path'
import type { Steps } from '../slices.js'
import { Refusal } from './fields.js'
import { fileSentence } from './file-sentence.js'
import { hostnameOf } from './hostname.js'
import { type Place, type Problem, problem, within } from './problems.js'
import { isMapping, readDocument } from './read-document.js'
import { tenantSchema, type WrittenTenant } from './tenant-schema.js'
import { createValidate, type Validated } from './validate.js'

const validateTenant = createValidate(tenantSchema)

/** A tenant on its way: read and checked key by key, not yet against the others. */
export interface TenantDraft extends Validated<WrittenTenant> {
  readonly place: Place
  /** `undefined` when nothing right could be made of what is written. */
  readonly id: string | undefined
  /** What is written; `undefined` when that is no mapping, which is its only problem then. */
  readonly tree: Readonly<Record<string, unknown>> | undefined
}

/** The tenants written in the main file. */
export function draftInline(tenants: unknown, main: Place): TenantDraft[] {
  if (!Array.isArray(tenants)) return []
  return tenants.map((item: unknown, index) => {
    const place = within(main, 'tenants', index)
    const validated = validateTenant(item, place)
    const [origin] = validated.parts.origins ?? []
    const id = validated.parts.id ?? (origin && idOf(hostnameOf(origin)))
    return { ...validated, place, id, tree: isMapping(item) ? item : undefined }
  })
}

function idOf(hostname: string): string {
  return hostname.replaceAll(/[^a-z0-9-]/g, '-').slice(0, 63)
}

/** The names of the tenants' files of a directory, in order. Everything but YAML is left alone: Kubernetes keeps its own links there. */
export function* listTenantFiles(directory: string): Steps<string[] | Refusal> {
  try {
    const names = readdirSync(directory)
    yield
    const found = names.filter((name) => /^[^.].*\.ya?ml$/.test(name))
    yield
    return found.sort()
  } catch (error) {
    return new Refusal(`${directory} ${fileSentence(error)}`)
  }
}

/** The tenant of a file. */
export function draftFile(file: string, env: NodeJS.ProcessEnv, main: Place): TenantDraft {
  const near = relative(main.directory, file)
  const { place, tree, problems } = readDocument(
    file,
    env,
    near.startsWith('..') || isAbsolute(near) ? file : near,
  )
  const id = basename(file, extname(file))
  if (tree === undefined) return { whole: undefined, parts: {}, problems, place, id, tree }
  const validated = validateTenant(tree, place)
  const found = [...problems, ...validated.problems, ...nameProblems(id, validated.parts.id, place)]
  // Where all is right that says the same, and the other need not be kept: there may be ten thousand.
  return { ...validated, problems: found, place, id, tree: validated.whole ?? tree }
}

function nameProblems(name: string, written: string | undefined, place: Place): Problem[] {
  if (!tenantSchema.shape.id.safeParse(name).success) {
    return [problem(place, "the file's name is the tenant's id and must be 1 to 63 of a-z, 0-9 and -")]
  }
  const isOther = written !== undefined && written !== name
  return isOther
    ? [problem(within(place, 'id'), `must be ${name}, the name of the file, or be left out`)]
    : []
}
