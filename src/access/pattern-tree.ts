import type { PathPattern } from '../config/path-pattern.js'

/** Patterns merged into one tree, so that a path is compared with all of them in one walk. */
export interface PatternTree {
  /** The positions of the patterns that match, in no order. */
  match(segments: readonly string[]): number[]
}

interface Node {
  readonly literals: Map<string, Node>
  /** Below `*`: one segment that is not empty. */
  one: Node | undefined
  /** Below `**`: it stays for any number of segments. */
  any: Node | undefined
  readonly isAny: boolean
  /** Positions of the patterns that end here. */
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
  return {
    match(segments) {
      let active = withAny([root])
      for (const segment of segments) active = withAny(next(active, segment))
      return [...active].flatMap(({ ends }) => ends)
    },
  }
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

function next(active: Iterable<Node>, segment: string): Node[] {
  const reached: Node[] = []
  for (const node of active) {
    if (node.isAny) reached.push(node)
    if (node.one !== undefined && segment !== '') reached.push(node.one)
    const literal = node.literals.get(segment)
    if (literal !== undefined) reached.push(literal)
  }
  return reached
}

// `**` may stand for nothing at all. A set, so that many of them in one pattern cannot multiply the work.
function withAny(nodes: readonly Node[]): Set<Node> {
  const all = new Set(nodes)
  for (const node of all) if (node.any !== undefined) all.add(node.any)
  return all
}
