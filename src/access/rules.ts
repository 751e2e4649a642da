import type { PathPattern } from '../config/path-pattern.js'
import type { Rule } from '../config/resolve-rules.js'
import type { StepUp } from '../step-up.js'
import { createPatternTree, type PatternTree } from './pattern-tree.js'
import { fold, isFoldable, type Reading, readingsOf } from './readings.js'

/** What a request needs to pass. */
export interface Access {
  /** Whether it needs a session, is told whose it is where there is one, or is nobody's. */
  readonly access: 'required' | 'optional' | 'public'
  /** Whether a navigation without a session may be sent to the provider. */
  readonly unauthenticated: 'auto' | 401
  /** Claims, all of which must hold, each by any of its values. */
  readonly require: readonly Requirement[]
  /** How the person has to have proved who they are: all of these. */
  readonly stepUps: readonly StepUp[]
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
  stepUps: [],
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
  const looser = {
    bySlash: patterns.some((pattern) => isSlash(pattern.at(-1))),
    byCase: patterns.some((pattern) =>
      pattern.some((part) => part.kind === 'literal' && isFoldable(part.text)),
    ),
  }
  const treeFor = createTrees(patterns)
  const unknown = compiled.map(({ access }) => access).reduce(both, DEFAULT)

  function firstMatch(method: string, reading: Reading): Access[] {
    let first = compiled.length
    for (const position of treeFor(reading).match(reading.segments)) {
      if (position < first && (compiled[position]?.methods?.has(method) ?? true)) first = position
    }
    return [compiled[first]?.access ?? DEFAULT]
  }

  // Every rule up to the first that holds for all methods.
  function possibleMatches(reading: Reading): Access[] {
    const matched = treeFor(reading)
      .match(reading.segments)
      .sort((a, b) => a - b)
    const last = matched.findIndex((position) => compiled[position]?.methods === undefined)
    const possible = last === -1 ? matched : matched.slice(0, last + 1)
    return [
      ...possible.map((position) => compiled[position]?.access ?? DEFAULT),
      ...(last === -1 ? [DEFAULT] : []),
    ]
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

function createTrees(patterns: readonly PathPattern[]): (reading: Reading) => PatternTree {
  const slashless = patterns.map((pattern) => (isSlash(pattern.at(-1)) ? pattern.slice(0, -1) : pattern))
  const asWritten = (text: string): string => text
  const [exact, exactSlashless] = [patterns, slashless].map((list) => createPatternTree(list, asWritten))
  const [folded, foldedSlashless] = [patterns, slashless].map((list) => createPatternTree(list, fold))
  return ({ isSlashless, isFolded }) =>
    (isFolded
      ? isSlashless
        ? foldedSlashless
        : folded
      : isSlashless
        ? exactSlashless
        : exact) as PatternTree
}

function toAccess(written: Rule, rule: string): Access {
  const { access, unauthenticated, require, acr_values = [], max_age, upstream } = written
  return {
    access: access ?? 'required',
    unauthenticated,
    require: Object.entries(require ?? {}).map(([claim, values]) => ({ rule, claim, values })),
    stepUps: acr_values.length === 0 && max_age === undefined ? [] : [{ acr_values, max_age }],
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
    stepUps: [...plainer.stepUps, ...other.stepUps],
    upstream: plainer.upstream,
  }
}
