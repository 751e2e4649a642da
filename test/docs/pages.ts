import { readdirSync, readFileSync } from 'node:fs'

/** A page for people. */
export interface Page {
  /** From the top of the repository. */
  readonly path: string
  readonly text: string
}

const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)

/** All pages that say how Doorward is used, the README first; the changelog tells of the past and is not among them. */
export const PAGES: readonly Page[] = ['README.md', ...below('config').sort(), ...below('deploy').sort()].map(
  (path) => ({ path, text: readFileSync(path, 'utf8') }),
)

/** One page; throws when there is none. */
export function pageAt(path: string): Page {
  const page = PAGES.find((candidate) => candidate.path === path)
  if (page === undefined) throw new Error(`there is no page ${path}`)
  return page
}

/** What is between `<!-- name -->` and `<!-- /name -->`, which one page has, once; throws otherwise. */
export function between(name: string): string {
  const found = PAGES.flatMap(({ text }) => [
    ...text.matchAll(new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n?<!-- /${name} -->`, 'g')),
  ])
  if (found.length !== 1) throw new Error(`${found.length} pages have a part "${name}"`)
  return found[0]?.[1]?.trim() ?? ''
}

/** What a heading of a page stands over, up to the next heading of its rank or a higher one; throws without it. */
export function section({ path, text }: Page, heading: string): string {
  const [rank = ''] = heading.split(' ', 1)
  const [, rest] = `\n${text}`.split(`\n${heading}\n`)
  if (rest === undefined) throw new Error(`${path} has no heading "${heading}"`)
  return rest.split(new RegExp(`^#{1,${rank.length}} `, 'm'), 1)[0] ?? ''
}

/** The text of the fenced blocks of a language, without what a list indents them by. */
export const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^ *\`\`\``, 'gm'))].map(
    ([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )

/** First cells of the rows of the tables in a text, each cut at its end. */
export const firstCells = (text: string): string[] =>
  [...text.matchAll(/^\| (.*?) \|/gm)].map(([, cell = '']) => cell)
