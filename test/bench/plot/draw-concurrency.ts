import { drawPanel, type Line, PANEL } from './draw-panel.js'

/** The medians of one server at one step. */
export interface Point {
  readonly server: string
  readonly connections: number
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p99: number
}

// Each can be told from a white ground and from a black one.
const STYLES = [
  { color: '#e8590c', dashes: 'none', width: 3 },
  { color: '#2f9e44', dashes: 'none', width: 1.5 },
  { color: '#4c7ef3', dashes: '6 3', width: 1.5 },
  { color: '#a35cd6', dashes: '2 3', width: 1.5 },
]
const GREY = '#7d8590'
const [MARGIN, TOP, GAP] = [48, 62, 60]
const WIDTH = MARGIN + PANEL.width + GAP + PANEL.width + 16
const HEIGHT = TOP + PANEL.height + 44

/** Requests a second, and the latency of the slowest hundredth, over the number of connections, as an SVG file. */
export function drawConcurrency(points: readonly Point[]): string {
  const servers = [...new Set(points.map(({ server }) => server))]
  const lines = (figure: (point: Point) => number): Line[] =>
    servers.map((server, index) => ({
      ...styleOf(index),
      points: points
        .filter((point) => point.server === server)
        .map((point) => [point.connections, figure(point)] as const),
    }))
  const second = MARGIN + PANEL.width + GAP
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>Requests per second and p99 latency against concurrency</title>
<style>text{font:12px sans-serif;fill:${GREY}}.title{font-weight:bold}path{fill:none}.grid{stroke:${GREY};stroke-opacity:.3}</style>
${servers.map((server, index) => drawKey(server, index)).join('\n')}
${drawPanel({ title: 'requests/s', left: MARGIN, top: TOP, lines: lines(({ requestsPerSecond }) => requestsPerSecond) })}
${drawPanel({ title: 'p99 in ms', left: second, top: TOP, lines: lines(({ p99 }) => p99) })}
<text x="${WIDTH / 2}" y="${HEIGHT - 6}" text-anchor="middle">connections</text>
</svg>
`
}

const styleOf = (index: number) => STYLES[index % STYLES.length] ?? { color: GREY, dashes: 'none', width: 1 }

function drawKey(server: string, index: number): string {
  const { color, dashes, width } = styleOf(index)
  const left = MARGIN + index * 165
  return `<path d="M${left} 16h24" stroke="${color}" stroke-width="${width}" stroke-dasharray="${dashes}"/>
<text x="${left + 30}" y="20">${server}</text>`
}
