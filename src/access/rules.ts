import type { PathPattern } from '../config/path-pattern.js'
import type { Rule } from '../config/resolve-rules.js'
import { bothStepUps, type StepUp } from '../step-up.js'
import { createPatternTree, type PatternTree } from './pattern-tree.js'
import { FOLDS, type Reading, readingsOf, type Sight } from './readings.js'

/** What a request needs to pass. */
export interface Access {
  /** Whether it needs a session, is told whose it is where there is one, or is nobody's. */
  readonly access: 'required' | 'optional' | 'public'
  /** Whether a navigation without a session may be sent to the provider. */
  readonly unauthenticated: 'auto' | 401
  /** Claims, all of which must hold, each by any of its values. */
  readonly require: readonly Requirement[]
  /** How the person has to have proved who they are; `undefined`: as for every sign-in. */
  readonly stepUp: StepUp | undefined
  /** Where it goes; `undefined`: to the tenant's upstream. */
  readonly upstream: Rule['upstream']
}

/** A claim path, and the values of which one must be among the claim's. */
export interface Requirement {
  /** Where it is written, for the log. */
  readonly rule: string
  readonly claim: string
  readonly values: readonly (string | number | boolean)[]
}

/** The rules of a tenant, compiled. */
export interface Rules {
  /** Claim paths that the rules read. */
  readonly neededClaims: readonly string[]
  /**
   * What the first rule that matches a request says; where there is none, a session is required. Where the method or
   * the path is not known, it is everything that any of them might demand.
   */
  find(method: string | undefined, path: string | undefined): Access
}

const DEFAULT: Access = {
  access: 'required',
  unauthenticated: 'auto',
  require: [],
  stepUp: undefined,
  upstream: undefined,
}

/**
 * Compiles rules. A path that servers understand in several ways has to satisfy what each of them would find, so that
 * no upstream sees a path that another rule was to protect.
 */
export function compileRules(rules: readonly Rule[]): Rules {
  const compiled = rules.map((rule, position) => ({
    access: toAccess(rule, `rules[${position}]`),
    methods: rule.methods && new Set(rule.methods.includes('GET') ? [...rule.methods, 'HEAD'] : rule.methods),
  }))
  const patterns = rules.map(({ path }) => path)
  const literals = patterns.flat().flatMap((part) => (part.kind === 'literal' ? part.text : []))
  const looser = {
    bySlash: patterns.some((pattern) => isSlash(pattern.at(-1))),
    byCase: literals.some((text) => /[A-Z]/.test(text)),
    byAlphabet: literals.some((text) => /[\x80-\xff]/.test(text)),
  }
  const trees = createTrees(patterns)
  const unknown = compiled.map(({ access }) => access).reduce(both, DEFAULT)

  function firstMatch(method: string, { segments, sees }: Reading): Access[] {
    const isEligible = (position: number) => compiled[position]?.methods?.has(method) ?? true
    const first = trees[sees].first(segments, isEligible)
    return [(first === undefined ? undefined : compiled[first]?.access) ?? DEFAULT]
  }

  // Every rule up to the first that holds for all methods.
  function possibleMatches({ segments, sees }: Reading): Access[] {
    const possible: Access[] = []
    for (let last = -1; ; ) {
      const next = trees[sees].first(segments, (position) => position > last)
      const rule = next === undefined ? undefined : compiled[next]
      possible.push(rule?.access ?? DEFAULT)
      if (next === undefined || rule?.methods === undefined) return possible
      last = next
    }
  }

  return {
    neededClaims: [...new Set(rules.flatMap(({ require }) => Object.keys(require ?? {})))],
    find(method, path) {
      if (compiled.length === 0) return DEFAULT
      if (path === undefined) return unknown
      const found = readingsOf(path, looser).flatMap((reading) =>
        method === undefined ? possibleMatches(reading) : firstMatch(method, reading),
      )
      return [...new Set(found)].reduce(both)
    },
  }
}

const isSlash = (part: PathPattern[number] | undefined): boolean =>
  part?.kind === 'literal' && part.text === ''

function createTrees(patterns: readonly PathPattern[]): Readonly<Record<Sight, PatternTree>> {
  const slashless = patterns.map((pattern) => (isSlash(pattern.at(-1)) ? pattern.slice(0, -1) : pattern))
  return {
    exact: createPatternTree(patterns, FOLDS.exact),
    'exact slashless': createPatternTree(slashless, FOLDS.exact),
    ascii: createPatternTree(patterns, FOLDS.ascii),
    'ascii slashless': createPatternTree(slashless, FOLDS.ascii),
    folded: createPatternTree(patterns, FOLDS.folded),
    'folded slashless': createPatternTree(slashless, FOLDS.folded),
  }
}

function toAccess(written: Rule, rule: string): Access {
  const { access, unauthenticated, require, acr_values, max_age, upstream } = written
  return {
    access,
    unauthenticated,
    require: Object.entries(require ?? {}).map(([claim, values]) => ({ rule, claim, values })),
    stepUp: acr_values === undefined && max_age === undefined ? undefined : { acr_values, max_age },
    upstream,
  }
}

const STRICTEST = ['required', 'optional', 'public'] as const

// The bytes are forwarded as they are, so the plainest reading says where to.
function both(plainer: Access, other: Access): Access {
  return {
    access: STRICTEST.find((access) => access === plainer.access || access === other.access) ?? 'required',
    unauthenticated: plainer.unauthenticated === 401 ? 401 : other.unauthenticated,
    require: [...plainer.require, ...other.require],
    stepUp:
      plainer.stepUp && other.stepUp
        ? bothStepUps(plainer.stepUp, other.stepUp)
        : (plainer.stepUp ?? other.stepUp),
    upstream: plainer.upstream,
  }
}
