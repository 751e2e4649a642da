import { type Place, type Problem, within } from './problems.js'
import { readDocument } from './read-document.js'
import { resolveRules } from './resolve-rules.js'
import { resolveSettings } from './resolve-settings.js'
import type { Inherited } from './resolve-tenant.js'
import { resolveUpstream } from './resolve-upstream.js'
import { keepSame } from './same-setting.js'
import { type Config, configSchema } from './schema.js'
import { draftInline, type TenantDraft } from './tenant-draft.js'
import { createValidate } from './validate.js'

const validateConfig = createValidate(configSchema)

/** The main file, read and checked as far as it can be without the tenants of other files. */
export interface MainFile {
  readonly place: Place
  /** `undefined` where something is wrong with them. */
  readonly settings: Omit<Config, 'tenants'> | undefined
  readonly inherited: Inherited
  readonly inline: readonly TenantDraft[]
  /** Whether `tenants` could hold any, as far as its shape goes. */
  readonly hasTenantList: boolean
  readonly directory: string | undefined
  readonly problems: readonly Problem[]
}

/** Reads the main file; `undefined` beside the problems where there is nothing in it that could be checked. */
export function readMainFile(
  file: string,
  env: NodeJS.ProcessEnv,
): { readonly main: MainFile | undefined; readonly problems: readonly Problem[] } {
  const { tree, place, problems: ofDocument } = readDocument(file, env)
  if (tree === undefined) return { main: undefined, problems: ofDocument }
  // Inline tenants are validated one by one like those of files; here only that they are a list.
  const written = Array.isArray(tree.tenants) ? { ...tree, tenants: [] } : tree
  const { parts, problems: ofKeys } = validateConfig(written, place)
  const { settings, problems: ofSettings } = resolveSettings(parts, place, env)
  // Opened once, and one and the same for all who inherit it: there may be ten thousand.
  const upstream = parts.upstream && resolveUpstream(parts.upstream, within(place, 'upstream'), env)
  const rules = parts.rules && resolveRules(parts.rules, within(place, 'rules'), env)
  const problems = [
    ...ofDocument,
    ...ofKeys,
    ...ofSettings,
    ...(upstream?.problems ?? []),
    ...(rules?.problems ?? []),
  ]
  const main: MainFile = {
    place,
    settings,
    inherited: {
      parts,
      upstream: upstream?.upstream,
      rules: rules?.rules,
      saysUpstream: tree.upstream !== undefined,
    },
    inline: draftInline(tree.tenants, place),
    hasTenantList: tree.tenants === undefined || tree.tenants === null || Array.isArray(tree.tenants),
    directory: parts.tenants_dir,
    problems,
  }
  return { main, problems }
}

/** A new reading of the main file, in which what tenants inherit is the same object as before where it says the same. */
export function keepInherited(before: MainFile | undefined, after: MainFile): MainFile {
  if (before === undefined) return after
  const { parts, upstream, rules, saysUpstream } = after.inherited
  const { headers } = parts
  return {
    ...after,
    inherited: keepSame(before.inherited, {
      parts:
        headers === undefined
          ? parts
          : { ...parts, headers: keepSame(before.inherited.parts.headers ?? headers, headers) },
      upstream: keepSame(before.inherited.upstream, upstream),
      rules: keepSame(before.inherited.rules, rules),
      saysUpstream,
    }),
  }
}
