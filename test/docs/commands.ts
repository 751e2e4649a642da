import { blocks } from './pages.js'

// Programs of which a word in running text is an instruction; a flag or a file alone is none.
const INLINE = /`((?:node dist\/main\.js|npm|docker|kubectl|helm|curl|redis-cli) [^`\n]+)`/g

/** The commands of a block, each on one line: a backslash at the end of a line, or an open quote, goes on with the next. */
export const commandsIn = (block: string): string[] =>
  block
    .replaceAll(/ *\\\n */g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

/** All commands that a page tells its reader to run, in blocks and in running text. */
export function commandsOf(text: string): string[] {
  const inline = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(INLINE)
  return [
    ...blocks(text, 'sh').flatMap(commandsIn),
    ...[...inline].map(([, command = '']) => command.replaceAll('\\|', '|')),
  ]
}
