import { randomInt } from 'node:crypto'
import { test } from 'tap'
import { canonicalPath } from '../../src/access/path.js'
import { type Access, compileRules } from '../../src/access/rules.js'
import type { PathPattern } from '../../src/config/path-pattern.js'
import type { Rule } from '../../src/config/resolve-rules.js'
import { createChance } from '../fixtures/mutate.js'
import { readRules } from '../fixtures/rules.js'
import { lowered, PARSERS, type Spelling, spell, withoutParameters } from './other-parsers.js'
import { randomRules, randomTarget } from './random-rules.js'

const RULE_SETS = 2_500
const TARGETS_OF_EACH = 40
/** The same each time, so that a change is what fails; RULES_SEED=random looks further. */
const { RULES_SEED = '1' } = process.env
const seed = RULES_SEED === 'random' ? randomInt(2 ** 32) : Number(RULES_SEED)

/** How a server compares a path with its routes, beyond parsing it. */
interface Comparison {
  readonly spelling: Spelling
  readonly isFolding: boolean
  readonly isSlashless: boolean
}

const COMPARISONS: Comparison[] = (['bytes', 'url'] as const).flatMap((spelling) =>
  [false, true].flatMap((isFolding) =>
    [false, true].map((isSlashless) => ({ spelling, isFolding, isSlashless })),
  ),
)

/** Every path that some server reads, with and without its parameters. */
function interpretations(target: string): Iterable<{ spelling: Spelling; path: string }> {
  const all = new Map<string, { spelling: Spelling; path: string }>()
  for (const { parse, spelling } of Object.values(PARSERS)) {
    const parsed = parse(target)
    if (parsed === undefined) continue
    for (const path of [parsed, withoutParameters(parsed)]) all.set(`${spelling}${path}`, { spelling, path })
  }
  return all.values()
}

/** Rules matched as plainly as can be, by nothing that Doorward uses. */
function plainMatcher(rules: readonly Rule[], { spelling, isFolding, isSlashless }: Comparison) {
  const normal = (path: string) => (isSlashless && path.endsWith('/') ? path.slice(0, -1) : path)
  const folded = (text: string) => (isFolding ? lowered(text) : text)
  const routes = rules.map(({ path }) => {
    const isSlash = isSlashless && path.at(-1)?.kind === 'literal' && literalOf(path.at(-1)) === ''
    return (isSlash ? path.slice(0, -1) : path).map((part) =>
      part.kind === 'literal' ? folded(spell(part.text, spelling)) : part,
    )
  })
  return (path: string, method: string): Rule | undefined => {
    const segments = folded(normal(path)).split('/').slice(1)
    return rules.find(({ methods }, position) => {
      const isMethod = methods === undefined || methods.includes(method === 'HEAD' ? 'GET' : method)
      return isMethod && matches(routes[position] ?? [], segments, 0, 0)
    })
  }
}

type Route = readonly (string | PathPattern[number])[]

const literalOf = (part: PathPattern[number] | undefined): string | undefined =>
  part?.kind === 'literal' ? part.text : undefined

function matches(route: Route, segments: readonly string[], at: number, from: number): boolean {
  const part = route[at]
  if (part === undefined) return from === segments.length
  if (typeof part === 'string') return segments[from] === part && matches(route, segments, at + 1, from + 1)
  if (part.kind === 'one') {
    return from < segments.length && segments[from] !== '' && matches(route, segments, at + 1, from + 1)
  }
  for (let end = from; end <= segments.length; end++) if (matches(route, segments, at + 1, end)) return true
  return false
}

/** Whether what Doorward demands is no less than the rule that another server would find. */
function covers(access: Access, reached: Rule | undefined, rules: readonly Rule[]): boolean {
  if (reached === undefined) return access.access === 'required'
  if (reached.access === 'public') return true
  if (reached.access === 'optional') return access.access !== 'public'
  return access.require.some(({ rule }) => rule === `rules[${rules.indexOf(reached)}]`)
}

test(`no server finds a rule in a path that Doorward has not held it to (RULES_SEED=${seed})`, async (t) => {
  const chance = createChance(seed)
  const failures: string[] = []
  const counts = { judged: 0, public: 0, refused: 0 }
  for (let set = 0; set < RULE_SETS; set++) {
    const written = randomRules(chance)
    const rules = readRules(written)
    const compiled = compileRules(rules)
    const matchers = COMPARISONS.map((how) => ({ how, find: plainMatcher(rules, how) }))
    for (let index = 0; index < TARGETS_OF_EACH; index++) {
      const target = randomTarget(chance, written)
      const method = chance.pick(['GET', 'HEAD', 'POST'])
      counts.judged++
      const path = canonicalPath(target)
      if (path === undefined) {
        counts.refused++
        continue
      }
      const access = compiled.find(method, path)
      if (access.access === 'public') counts.public++
      for (const { spelling, path: seen } of interpretations(target)) {
        for (const { how, find } of matchers) {
          if (how.spelling !== spelling || covers(access, find(seen, method), rules)) continue
          failures.push(JSON.stringify({ written, method, target, ...how, seen }))
        }
      }
    }
  }
  t.same(failures.slice(0, 5), [], `${failures.length} in all`)
  t.comment(counts)
  t.ok(counts.judged >= 100_000)
  t.ok(counts.public > 10_000, 'the question was asked')
  t.ok(counts.refused < counts.judged / 2)
})
