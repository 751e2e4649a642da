import type { Chance } from '../fixtures/mutate.js'

/** A rule as it is written; every demand names its rule, to be told apart. */
export type WrittenRule = {
  path: string
  access?: 'public' | 'optional'
  methods?: string[]
  require?: object
}

const WORDS = [
  'admin',
  'Admin',
  'api',
  'a',
  'A',
  'b',
  'public',
  'assets',
  'ü',
  'Ü',
  'x%20y',
  'k@l',
  'v1.2',
  '(c)',
]
const WILD = ['*', '**', '**']

/** Two to six rules whose patterns have much in common, often with a last one for everything. */
export function randomRules(chance: Chance): WrittenRule[] {
  const rules = Array.from({ length: 1 + chance.below(5) }, (_, position) =>
    randomRule(chance, randomPattern(chance), position),
  )
  return chance.below(3) === 0 ? rules : [...rules, randomRule(chance, '/**', rules.length)]
}

function randomPattern(chance: Chance): string {
  const parts = Array.from({ length: 1 + chance.below(3) }, () =>
    chance.pick(chance.below(3) === 0 ? WILD : WORDS),
  )
  return `/${parts.join('/')}${chance.below(8) === 0 ? '/' : ''}`
}

function randomRule(chance: Chance, path: string, position: number): WrittenRule {
  const methods = chance.below(5) === 0 ? { methods: [chance.pick(['GET', 'POST'])] } : {}
  const access = chance.pick(['public', 'public', 'optional', undefined] as const)
  return { path, ...methods, ...(access === undefined ? { require: { rule: position } } : { access }) }
}

/** A request target (bytes as latin1): a path that a rule matches, changed in a few of the ways that parsers disagree on. */
export function randomTarget(chance: Chance, rules: readonly WrittenRule[]): string {
  const { path } = chance.pick(rules)
  const segments = path
    .slice(1)
    .split('/')
    .flatMap((segment) => instance(chance, segment))
  let target = Buffer.from(`/${segments.join('/')}`, 'utf8').toString('latin1')
  for (let left = chance.below(5); left > 0; left--) target = chance.pick(CHANGES)(target, chance)
  return target
}

function instance(chance: Chance, segment: string): string[] {
  if (segment === '*') return [chance.pick(WORDS)]
  if (segment === '**') return Array.from({ length: chance.below(4) }, () => chance.pick(WORDS))
  return [segment]
}

const ODD = [
  ...[
    '%2f',
    '%5c',
    '\\',
    '%00',
    '%',
    '%25',
    '%3f',
    '%23',
    '?',
    '#',
    '%3b',
    ';',
    '%20',
    '+',
    ':',
    '%2e',
    '.',
    '..',
  ],
  ...['ü', 'Ü', 'ı', 'ſ', 'K', '/', '%c0%af', '%e9', '"', '^', '%41', '%61', '%c3%bc', '%C3%9C'],
].map((text) => Buffer.from(text, 'utf8').toString('latin1'))
const SEGMENTS = [
  '',
  '',
  '.',
  '..',
  '%2e',
  '%2E%2e',
  '..;x',
  ';',
  ';x=1',
  '%3bx',
  '%20',
  '%3f',
  ...WORDS,
].map((text) => Buffer.from(text, 'utf8').toString('latin1'))

const place = (chance: Chance, target: string): number => 1 + chance.below(target.length)
const inserted = (target: string, at: number, more: string): string =>
  target.slice(0, at) + more + target.slice(at)

function encoded(target: string, chance: Chance): string {
  const at = place(chance, target)
  if (at >= target.length || target[at] === '/') return target
  const digits = target.charCodeAt(at).toString(16).padStart(2, '0')
  return `${target.slice(0, at)}%${chance.below(2) ? digits : digits.toUpperCase()}${target.slice(at + 1)}`
}

function otherCase(target: string, chance: Chance): string {
  const at = chance.below(target.length)
  const letter = target.charAt(at)
  const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
  return other.length === 1 && other.charCodeAt(0) < 256
    ? target.slice(0, at) + other + target.slice(at + 1)
    : target
}

function changedSegments(target: string, change: (segments: string[]) => string[]): string {
  return `/${change(target.slice(1).split('/')).join('/')}`
}

const CHANGES: readonly ((target: string, chance: Chance) => string)[] = [
  encoded,
  encoded,
  otherCase,
  (target, chance) => inserted(target, place(chance, target), chance.pick(ODD)),
  (target, chance) =>
    changedSegments(target, (segments) =>
      segments.toSpliced(chance.below(segments.length + 1), chance.below(2), chance.pick(SEGMENTS)),
    ),
  (target, chance) =>
    changedSegments(target, (segments) => {
      const at = chance.below(segments.length)
      return segments.with(at, segments[at] + chance.pick([';', ';x', ';v=1', '%3b', '%3Bx', ';a;b']))
    }),
  (target, chance) =>
    changedSegments(target, (segments) => segments.toSpliced(chance.below(segments.length), 1)),
  (target) => (target.endsWith('/') ? target.slice(0, -1) || '/' : `${target}/`),
  (target) => `${target}?next=/admin/../x;y#z`,
]
