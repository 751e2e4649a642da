import { setImmediate as turn } from 'node:timers/promises'
import type { Registry } from 'prom-client'

/** Series that are written in one go: about a millisecond's worth. */
const SLICE = 1000

type Family = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]
type Series = Family['values'][number] & { readonly metricName?: string }

/**
 * Writes a registry in Prometheus' text format 0.0.4, bit by bit: prom-client would write it all in one go, and with
 * thousands of tenants nobody would be answered meanwhile.
 */
export async function* renderMetrics(registry: Registry): AsyncGenerator<string> {
  for (const { name, help, type, values } of await registry.getMetricsAsJSON()) {
    yield `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`
    for (let begin = 0; begin < values.length; begin += SLICE) {
      let text = ''
      for (const series of values.slice(begin, begin + SLICE)) text += renderSeries(name, series)
      yield text
      await turn()
    }
  }
}

function renderSeries(family: string, { metricName = family, labels, value }: Series): string {
  let text = ''
  for (const [label, content] of Object.entries(labels)) {
    text += `${text === '' ? '' : ','}${label}="${escapeLabel(String(content))}"`
  }
  return `${metricName}${text === '' ? '' : `{${text}}`} ${renderValue(value)}\n`
}

function renderValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}

const escapeHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

// Most have nothing to escape.
const escapeLabel = (text: string): string =>
  /["\\\n]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text
