import { type Place, type Problem, within } from './problems.js'
import { resolveUpstream, type Upstream } from './resolve-upstream.js'
import type { WrittenRule } from './rule-schema.js'

/** An access rule, with its upstream opened. */
export interface Rule extends Omit<WrittenRule, 'upstream'> {
  /** `undefined`: the tenant's. */
  readonly upstream: Upstream | undefined
}

/** Opens the files that the upstreams of rules name. */
export function resolveRules(
  written: readonly WrittenRule[],
  place: Place,
  env: NodeJS.ProcessEnv,
): { readonly rules: readonly Rule[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const rules = written.map(({ upstream, ...rule }, index): Rule => {
    if (upstream === undefined) return { ...rule, upstream }
    const opened = resolveUpstream(upstream, within(place, index, 'upstream'), env)
    problems.push(...opened.problems)
    return { ...rule, upstream: opened.upstream }
  })
  return { rules, problems }
}
