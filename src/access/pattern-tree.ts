import type { PathPattern } from '../config/path-pattern.js'

/** Patterns merged into one tree, so that a path is compared with all of them in one walk. */
export interface PatternTree {
  /** The position of the first pattern that matches and is eligible; `undefined` where none is. */
  first(segments: readonly string[], isEligible: (position: number) => boolean): number | undefined
}

interface Node {
  readonly literals: Map<string, Node>
  /** Below `*`: one segment that is not empty. */
  one: Node | undefined
  /** Below `**`: it stays for any number of segments. */
  any: Node | undefined
  readonly isAny: boolean
  /** Positions of the patterns that end here, in order. */
  readonly ends: number[]
}

const newNode = (isAny = false): Node => ({
  literals: new Map(),
  one: undefined,
  any: undefined,
  isAny,
  ends: [],
})

/** Builds the tree; `spell` is how literal segments are written in the readings that it is asked about. */
export function createPatternTree(
  patterns: readonly PathPattern[],
  spell: (literal: string) => string,
): PatternTree {
  const root = newNode()
  for (const [position, pattern] of patterns.entries()) {
    let node = root
    for (const segment of pattern) node = descend(node, segment, spell)
    node.ends.push(position)
  }
  return { first: (segments, isEligible) => walk(root, segments, isEligible) }
}

function descend(node: Node, segment: PathPattern[number], spell: (literal: string) => string): Node {
  if (segment.kind === 'one') {
    node.one ??= newNode()
    return node.one
  }
  if (segment.kind === 'any') {
    node.any ??= newNode(true)
    return node.any
  }
  const key = spell(segment.text)
  const known = node.literals.get(key)
  if (known !== undefined) return known
  const added = newNode()
  node.literals.set(key, added)
  return added
}

// A node is reached from its parent only, and a `**` that was reached once stays: no node is ever held twice, so that
// many `**` in one pattern cannot multiply the work.
function walk(
  root: Node,
  segments: readonly string[],
  isEligible: (position: number) => boolean,
): number | undefined {
  let first: number | undefined
  const end = ({ ends }: Node): void => {
    const position = ends.find(isEligible)
    if (position !== undefined && position < (first ?? Infinity)) first = position
  }
  const staying: Node[] = []
  const stayed = new Set<Node>()
  let passing: Node[] = []
  const enter = (node: Node): void => {
    if (!node.isAny) passing.push(node)
    else if (!stayed.has(node)) {
      stayed.add(node)
      // Whatever follows, what ends in `**` has matched.
      end(node)
      if (!isLeaf(node)) staying.push(node)
    }
    if (node.any !== undefined) enter(node.any)
  }
  const leave = ({ one, literals }: Node, segment: string): void => {
    if (one !== undefined && segment !== '') enter(one)
    const literal = literals.get(segment)
    if (literal !== undefined) enter(literal)
  }
  enter(root)
  for (const segment of segments) {
    const [before, stayedBefore] = [passing, staying.length]
    if (before.length === 0 && stayedBefore === 0) return first
    passing = []
    for (const node of before) leave(node, segment)
    for (let index = 0; index < stayedBefore; index++) leave(staying[index] as Node, segment)
  }
  passing.forEach(end)
  return first
}

const isLeaf = ({ literals, one, any }: Node): boolean =>
  literals.size === 0 && one === undefined && any === undefined
