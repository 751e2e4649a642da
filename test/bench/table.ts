import { ENOUGH_CPU } from './cpu-time.js'
import type { Summary } from './summary.js'

type Column = readonly [title: string, cell: (summary: Summary) => string]

const fixed = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '-'

const COLUMNS: readonly Column[] = [
  ['server', ({ server }) => server],
  ['requests/s', ({ requestsPerSecond }) => fixed(requestsPerSecond, 0)],
  ['of nginx', ({ ofNginx }) => fixed(ofNginx.requestsPerSecond, 2)],
  ['of bare undici', ({ ofBareUndici }) => fixed(ofBareUndici.requestsPerSecond, 2)],
  ['p99 ms', ({ p99 }) => fixed(p99, 1)],
  ['CPU', ({ cpu }) => fixed(cpu, 2)],
  ['requests/CPU s', ({ requestsPerCpuSecond }) => fixed(requestsPerCpuSecond, 0)],
  ['of nginx', ({ ofNginx }) => fixed(ofNginx.requestsPerCpuSecond, 2)],
  ['of bare undici', ({ ofBareUndici }) => fixed(ofBareUndici.requestsPerCpuSecond, 2)],
]

/** The summaries as a Markdown table that also reads well in a terminal. */
export const formatTable = (summaries: readonly Summary[]): string =>
  formatColumns(COLUMNS.map(([title, cell]) => [title, ...summaries.map(cell)]))

/** Columns, each with its title first, as a Markdown table that also reads well in a terminal. */
export function formatColumns(texts: readonly (readonly [title: string, ...cells: string[]])[]): string {
  const columns = texts.map(([title, ...cells], index) => {
    const width = Math.max(...[title, ...cells].map((text) => text.length))
    const pad = (text: string) => (index === 0 ? text.padEnd(width) : text.padStart(width))
    const rule = index === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`
    return [pad(title), rule, ...cells.map(pad)]
  })
  const lines = Array.from({ length: (columns[0] ?? []).length }, (_, row) =>
    columns.map((column) => column[row]).join(' | '),
  )
  return lines.map((line) => `| ${line} |`).join('\n')
}

/** How far the table can be trusted, in words. */
export function explain(summaries: readonly Summary[]): string {
  const starved = summaries.filter(({ cpu }) => cpu !== undefined && cpu < ENOUGH_CPU)
  const names = starved.map(({ server }) => server).join('; ')
  return starved.length === 0
    ? 'Every server had its core to itself.'
    : `Not a full core for: ${names}. Something else was at work, or the load was too small: believe requests/CPU s.`
}
