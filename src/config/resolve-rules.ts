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
  const rules = written.map((rule, index): Rule => {
    const opened =
      rule.upstream === undefined
        ? undefined
        : resolveUpstream(rule.upstream, within(place, index, 'upstream'), env)
    problems.push(...(opened?.problems ?? []))
    return toRule(rule, opened?.upstream)
  })
  return { rules, problems }
}

// Written out, so that V8 does not make a class of its own of each rule.
function toRule(rule: WrittenRule, upstream: Upstream | undefined): Rule {
  const { path, methods, access, unauthenticated, require, acr_values, max_age } = rule
  return { path, methods, access, unauthenticated, require, acr_values, max_age, upstream }
}
