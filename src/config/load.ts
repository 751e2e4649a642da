import { resolve } from 'node:path'
import { Refusal } from './fields.js'
import { findDuplicates } from './find-duplicates.js'
import { type Place, type Problem, problem, sentencesOf, within } from './problems.js'
import { readDocument } from './read-document.js'
import { resolveRules } from './resolve-rules.js'
import { resolveSettings } from './resolve-settings.js'
import { resolveTenant } from './resolve-tenant.js'
import { resolveUpstream } from './resolve-upstream.js'
import { type Config, configSchema } from './schema.js'
import { draftDirectory, draftInline, type TenantDraft } from './tenant-draft.js'
import { createValidate } from './validate.js'

const validateConfig = createValidate(configSchema)

/** Everything that is wrong with a configuration, all at once; no sentence holds a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** Reads a configuration with all its tenants. Throws a `ConfigError` with every problem of every file. */
export function loadConfig(file: string, env: NodeJS.ProcessEnv = process.env): Config {
  const main = readDocument(resolve(file), env)
  const { tree } = main
  if (tree === undefined) throw new ConfigError(sentencesOf(main.problems))
  // Inline tenants are validated one by one like those of files; here only that they are a list.
  const validated = validateConfig(Array.isArray(tree.tenants) ? { ...tree, tenants: [] } : tree, main.place)
  const { settings, problems } = resolveSettings(validated.parts, main.place, env)
  const { drafts, problems: draftProblems } = draftTenants(
    tree.tenants,
    validated.parts.tenants_dir,
    main.place,
    env,
  )
  const { parts } = validated
  // Opened once, and one and the same for all who inherit it: there may be ten thousand.
  const upstream = parts.upstream && resolveUpstream(parts.upstream, within(main.place, 'upstream'), env)
  const rules = parts.rules && resolveRules(parts.rules, within(main.place, 'rules'), env)
  const inherited = {
    parts,
    upstream: upstream?.upstream,
    rules: rules?.rules,
    saysUpstream: tree.upstream !== undefined,
  }
  const resolved = drafts.map((draft) => resolveTenant(draft, inherited, env))
  const found = [
    ...main.problems,
    ...validated.problems,
    ...problems,
    ...(upstream?.problems ?? []),
    ...(rules?.problems ?? []),
    ...draftProblems,
    ...resolved.flatMap((tenant) => tenant.problems),
    ...findDuplicates(drafts),
  ]
  if (found.length > 0 || settings === undefined) throw new ConfigError(sentencesOf(found))
  return { ...settings, tenants: resolved.flatMap(({ tenant }) => tenant ?? []) }
}

/** The tenants of both sources, and what is wrong with the sources themselves. */
function draftTenants(
  inline: unknown,
  directory: string | undefined,
  main: Place,
  env: NodeJS.ProcessEnv,
): { drafts: TenantDraft[]; problems: Problem[] } {
  const drafts = draftInline(inline, main)
  const files = directory === undefined ? [] : draftDirectory(directory, env, main)
  if (files instanceof Refusal)
    return { drafts, problems: [problem(within(main, 'tenants_dir'), files.sentence)] }
  const isNone =
    drafts.length + files.length === 0 && (inline === undefined || inline === null || Array.isArray(inline))
  const sentence = 'must hold at least one tenant, here or as a .yaml file in tenants_dir'
  return {
    drafts: [...drafts, ...files],
    problems: isNone ? [problem(within(main, 'tenants'), sentence)] : [],
  }
}
