import { createScale } from './scale.js'

/** One server's line. */
export interface Line {
  readonly color: string
  /** Tells lines apart for whom colors do not. */
  readonly dashes: string
  readonly width: number
  readonly points: readonly (readonly [x: number, y: number])[]
}

interface PanelOptions {
  readonly title: string
  /** Of the panel in the drawing. */
  readonly left: number
  readonly top: number
  readonly lines: readonly Line[]
}

/** Of the area between the axes. */
export const PANEL = { width: 320, height: 200 }

const tidy = (value: number): string => String(Math.round(value * 10) / 10)
const label = (tick: number): string =>
  tick >= 1000 ? `${tick / 1000}k` : String(Number(tick.toPrecision(1)))

/** Lines over connections, both axes logarithmic, as SVG. */
export function drawPanel({ title, left, top, lines }: PanelOptions): string {
  const points = lines.flatMap((line) => line.points)
  const [right, bottom] = [left + PANEL.width, top + PANEL.height]
  const x = createScale(
    points.map((point) => point[0]),
    { base: 2, from: left, to: right },
  )
  const y = createScale(
    points.map((point) => point[1]),
    { base: 10, from: bottom, to: top },
  )
  const columns = x.ticks.map(
    (tick) => `<text x="${tidy(x.at(tick))}" y="${bottom + 16}" text-anchor="middle">${tick}</text>`,
  )
  const rows = y.ticks.map((tick) => {
    const height = tidy(y.at(tick))
    return `<path class="grid" d="M${left} ${height}H${right}"/>
<text x="${left - 6}" y="${height}" dy="4" text-anchor="end">${label(tick)}</text>`
  })
  const paths = lines.map(({ color, dashes, width, points: [first, ...rest] }) => {
    const place = ([across, up] = [1, 1] as readonly [number, number]) =>
      `${tidy(x.at(across))} ${tidy(y.at(up))}`
    const path = [`M${place(first)}`, ...rest.map((point) => `L${place(point)}`)].join('')
    return `<path d="${path}" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dashes}"/>`
  })
  return [
    `<text class="title" x="${left}" y="${top - 10}">${title}</text>`,
    ...rows,
    ...columns,
    ...paths,
  ].join('\n')
}
