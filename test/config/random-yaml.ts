import type { Chance } from '../fixtures/mutate.js'

const WORDS = [
  ...[
    'a',
    'https://a.example:8080/x',
    'true',
    '401',
    '30m',
    '0oa1b2',
    '$' + '{VAR}',
    '/admin/**',
    'a:b',
    'x=y',
  ],
  ...['"q # x"', "'s: t'", '(x)', 'a?b', '$tenant', 'a@b', '""', "''", '0', '%41a', 'a%41', 'a-', '_', '1a'],
]
const ODD_WORDS = [
  ...[
    'null',
    'Null',
    '~',
    'True',
    'FALSE',
    '007',
    '1e3',
    '0x1F',
    '0o17',
    '1.5',
    '1.',
    '.5',
    '-1',
    '.inf',
    '=',
    '<<',
  ],
  ...[
    '*x',
    '&y',
    '!z',
    '-',
    '- x',
    'a b',
    'a: b',
    'a:',
    ':a',
    'a #c',
    'a#c',
    '#c',
    '',
    '|',
    '>',
    '@x',
    '?',
    '? x',
  ],
  ...[
    "'it''s'",
    '"\\n"',
    'a,b',
    'a]',
    '[a',
    '{',
    '::',
    'a::b',
    '"a":b',
    'é',
    'a\\b',
    '2001-01-01',
    '1_000',
    '12:30',
  ],
]
const KEYS = ['a', 'b', 'c-d', 'X-Remote-User', 'constructor', 'e', 'f', 'g', 'y', 'toString']
const ODD_KEYS = ['null', 'true', '<<', '1', '"q"', 'a b', '__proto__', '?', 'é', '-', '.']
const REMARKS = ['# c', '# é…', '# \u2028x: 1', '# \rx: 1', '\u00a0# x', '# \u0085x', '# a\tb', '#']

/** A few lines that look like YAML, most of which are. */
export function randomYaml(chance: Chance): string {
  let indent = 0
  const lines = Array.from({ length: 1 + chance.below(6) }, () => {
    indent = Math.max(0, indent + chance.pick([0, 0, 0, 0, 2, -2, 1, -1, 4]))
    return ' '.repeat(indent) + randomLine(chance)
  })
  return lines.join(mostly(chance, ['\n'], ['\n\n', '\r\n', '\n \n']))
}

/** Of the usual ones nineteen times in twenty. */
const mostly = (chance: Chance, usual: readonly string[], odd: readonly string[]): string =>
  chance.pick(chance.below(20) > 0 ? usual : odd)

function randomLine(chance: Chance): string {
  if (chance.below(10) === 0) return chance.pick(REMARKS)
  const dash = chance.below(5) === 0 ? mostly(chance, ['- '], ['-', '-  ', '- - ']) : ''
  const key = chance.below(10) > 0 ? randomKey(chance) + mostly(chance, [': ', ':'], [' : ', ':  ']) : ''
  const value = chance.below(4) > 0 ? randomValue(chance, 0) : ''
  return dash + key + value + mostly(chance, [''], [' ', ' # c', '#c', '\t'])
}

const randomKey = (chance: Chance): string => mostly(chance, KEYS, ODD_KEYS)

function randomValue(chance: Chance, depth: number): string {
  const kind = depth > 3 ? 0 : chance.below(6)
  if (kind < 4) return mostly(chance, WORDS, ODD_WORDS)
  const parts = Array.from({ length: chance.below(4) }, () => {
    const value = randomValue(chance, depth + 1)
    return kind === 4 ? value : randomKey(chance) + mostly(chance, [': '], [':', ' : ']) + value
  })
  const inside = parts.join(mostly(chance, [', ', ','], [' , ', ',,'])) + mostly(chance, ['', ' '], [','])
  return kind === 4 ? `[${inside}${mostly(chance, [']'], [''])}` : `{ ${inside}${mostly(chance, ['}'], [''])}`
}
