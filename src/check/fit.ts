import { shorten } from '../terminal.js'

/** Narrower than this, a terminal breaks the lines itself. */
const NARROWEST = 40
/** Columns that stay of a cell that is shortened. */
const SHORTEST = 12

/**
 * The cells of a table column by column, each as wide as its widest cell, the last one as it is. Where the rows would
 * not fit into `width`, the cells before the last are shortened, from the right.
 */
export function fitColumns(
  rows: readonly (readonly string[])[],
  width: number | undefined,
  gap: number,
): string[][] {
  const columns = (rows[0] ?? []).map((_, index) => rows.map((row) => row[index] ?? ''))
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)))
  let surplus = widths.reduce((sum, own) => sum + own + gap, -gap) - (width ?? Number.POSITIVE_INFINITY)
  for (let index = widths.length - 2; index >= 0 && surplus > 0; index -= 1) {
    const own = widths[index] ?? 0
    const shorter = Math.min(own, Math.max(SHORTEST, own - surplus))
    widths[index] = shorter
    surplus -= own - shorter
  }
  return columns.map((cells, index) =>
    index === columns.length - 1 ? cells : cells.map((cell) => fit(cell, widths[index] ?? 0)),
  )
}

/** The text in exactly so many columns. */
function fit(text: string, columns: number): string {
  return shorten(text, columns).padEnd(columns)
}

/** The text in lines of at most `width` columns, of which `indent` are taken; the lines after the first are indented. */
export function wrap(text: string, width: number | undefined, indent: number): string {
  if (width === undefined || width < NARROWEST) return text
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && longer.length > width - indent) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`)
}
