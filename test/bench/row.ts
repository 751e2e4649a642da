import { formatColumns } from './table.js'

/** What a row wants: of its ratio where it compares, of Doorward's own figure where it does not. */
export interface Target {
  readonly atLeast?: number
  readonly atMost?: number
}

/** One line of the table: a work, and whether Doorward is as good at it as it should be. */
export interface Row {
  readonly work: string
  readonly unit: string
  /** Doorward's own figure. */
  readonly own: number
  /** Against whom, and their figure. */
  readonly against?: { readonly name: string; readonly figure: number | undefined }
  /** Of the two figures. */
  readonly ratio?: number | undefined
  /** The same by CPU second, which strangers on the machine disturb least. */
  readonly ratioByCpu?: number | undefined
  readonly target: Target
  /** `undefined` when it could not be told. */
  readonly reached: boolean | undefined
  readonly note?: string | undefined
}

/** Whether a figure is where it should be. */
export const isReached = (
  figure: number | undefined,
  { atLeast = -Infinity, atMost = Infinity }: Target,
): boolean | undefined => (figure === undefined ? undefined : figure >= atLeast && figure <= atMost)

/** A row of Doorward alone. */
export const alone = (work: string, unit: string, own: number, target: Target): Row => ({
  work,
  unit,
  own,
  target,
  reached: isReached(own, target),
})

const number = (value: number | undefined): string => {
  if (value === undefined) return '-'
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2)
}

const wanted = ({ atLeast, atMost }: Target): string =>
  atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`

const answered = (reached: boolean | undefined): string =>
  reached === undefined ? '-' : reached ? 'yes' : 'no'

/** The rows as a Markdown table that also reads well in a terminal; what has a note is explained below it. */
export function formatRows(rows: readonly Row[]): string {
  const notes = [...new Set(rows.map(({ note }) => note).filter((note) => note !== undefined))]
  const mark = ({ note }: Row) => (note === undefined ? '' : ` [${notes.indexOf(note) + 1}]`)
  const table = formatColumns([
    ['work', ...rows.map((row) => `${row.work}${mark(row)}`)],
    ['unit', ...rows.map(({ unit }) => unit)],
    ['Doorward', ...rows.map(({ own }) => number(own))],
    ['against', ...rows.map(({ against }) => number(against?.figure))],
    ['ratio', ...rows.map(({ ratio }) => number(ratio))],
    ['by CPU', ...rows.map(({ ratioByCpu }) => number(ratioByCpu))],
    ['target', ...rows.map(({ target }) => wanted(target))],
    ['reached', ...rows.map(({ reached }) => answered(reached))],
  ])
  return [table, notes.map((note, index) => `[${index + 1}] ${note}`).join('\n')].join('\n\n').trimEnd()
}
