import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import { Refusal } from './fields.js'
import { fileSentence } from './file-sentence.js'
import { readPlainYaml } from './read-plain-yaml.js'

/** More than one tenant list needs, far less than a file made of nothing but aliases to aliases. */
const MOST_ALIASES = 100_000

/** The parser refuses such nesting by itself; five times as much would end the process before it can. */
const DEEPEST = 4_000

const NO_PARSER =
  'needs the whole of YAML, and the package "yaml" is not installed: keep node_modules beside dist, or write it in plain YAML'

const FLOW_HINT = `inside [ ] and { }, quote a \${VAR}`

/** The parser's own messages quote the file, where a secret may stand: these do not. */
const SENTENCES: Record<string, string> = {
  BAD_ALIAS: 'this alias (*name) has no anchor; quote a value that starts with *',
  BAD_DQ_ESCAPE: 'this escape is not known; use single quotes for a value with backslashes',
  BAD_INDENT: 'the indentation does not fit',
  BAD_SCALAR_START: 'a value that starts with this character must be quoted',
  BLOCK_AS_IMPLICIT_KEY: 'a key cannot start here; quote a value that holds a colon and a space',
  DUPLICATE_KEY: 'this key is given twice',
  MISSING_CHAR: `a quote, bracket, comma or colon is missing; ${FLOW_HINT}`,
  MULTIPLE_DOCS: 'a second document starts here; a file holds one',
  NON_STRING_KEY: 'a key must be a string',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
  TAB_AS_INDENT: 'tabs cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'this tag is not known; quote a value that starts with !',
  UNEXPECTED_TOKEN: `this is not expected here; ${FLOW_HINT}`,
}

// Where every file is plain, nobody waits for the parser to be loaded; and a configuration is read at one go.
const require = createRequire(import.meta.url)

type Read = { readonly tree: unknown } | { readonly refusals: readonly Refusal[] }

/** A file's YAML as plain data, or every reason why there is none. */
export function readYaml(file: string): Read {
  const text = readText(file)
  if (text instanceof Refusal) return { refusals: [text] }
  const plain = readPlainYaml(text)
  if (plain !== undefined) return { tree: plain }
  if (nestsDeeply(text)) return { refusals: [new Refusal('is nested too deeply')] }
  try {
    return parseYaml(text)
  } catch (error) {
    // Or the file would be blamed for it.
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND')
      return { refusals: [new Refusal(NO_PARSER)] }
    // Bombs of aliases end here; the parser's own message may quote the file.
    return { refusals: [new Refusal('cannot be read as YAML; look at its aliases (*name) and merges (<<)')] }
  }
}

/** The data of a text in the whole of YAML, or what is wrong with it; throws for bombs of aliases. */
export function parseYaml(text: string): Read {
  const yaml: typeof Yaml = require('yaml')
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, {
    prettyErrors: false,
    stringKeys: true,
    merge: true,
    logLevel: 'error',
    lineCounter: lines,
  })
  const lone = text.includes('*') ? loneAliases(document, yaml) : []
  const problems = [...document.errors, ...document.warnings, ...lone]
  // From the first one on the parser has lost its place, and wonders at each word that follows.
  const lost = problems.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN')
  const told = problems.filter(({ code }, index) => code !== 'UNEXPECTED_TOKEN' || index === lost)
  const refusals = told.map(({ code, pos }) => {
    const { line, col } = lines.linePos(pos[0])
    return new Refusal(`line ${line}, column ${col}: ${SENTENCES[code] ?? 'this is not valid YAML'}`)
  })
  if (refusals.length > 0) return { refusals }
  return { tree: document.toJS({ maxAliasCount: MOST_ALIASES }) ?? {} }
}

function readText(file: string): string | Refusal {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    return new Refusal(fileSentence(error))
  }
}

/** The parser recurses, and V8 ends the process when a regular expression meets the end of the stack. */
function nestsDeeply(text: string): boolean {
  if (text.length <= DEEPEST) return false
  let depth = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1
    if (depth > DEEPEST) return true
  }
  return text.split('\n').some((line) => (/^[\s?-]*/.exec(line)?.[0].match(/[?-]\s/g)?.length ?? 0) > DEEPEST)
}

/** The parser tells these only while it makes data, and then without their place. */
function loneAliases(
  document: Yaml.Document,
  { visit }: typeof Yaml,
): { code: string; pos: readonly [number, number] }[] {
  const lone: Yaml.Alias[] = []
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) === undefined) lone.push(alias)
    },
  })
  return lone.map(({ range }) => ({ code: 'BAD_ALIAS', pos: [range?.[0] ?? 0, range?.[1] ?? 0] }))
}
