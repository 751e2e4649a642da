import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { parse } from 'yaml'
import { ERRORS } from '../../src/errors.js'
import { createMetrics } from '../../src/ops/metrics.js'
import { groupings, selectors } from './promql.js'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly description: string }
}

interface Dashboard {
  readonly panels: readonly {
    readonly type: string
    readonly title: string
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
  }[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] }
}

const rules: Rule[] = parse(readFileSync('deploy/prometheus/alerts.yaml', 'utf8')).groups.flatMap(
  ({ rules: all }: { rules: Rule[] }) => all,
)
const dashboard: Dashboard = JSON.parse(readFileSync('deploy/grafana/dashboard.json', 'utf8'))
const targets = dashboard.panels.flatMap(({ title, targets: all = [] }) =>
  all.map((target) => ({ ...target, title })),
)
const exprs = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...targets.map(({ title, expr }) => ({ where: title, expr })),
]

/** What whoever collects the figures adds to them. */
const ADDED = ['instance', 'job']

interface Family {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
}

/** Every name that a series of this process may have, with its family. */
function knownNames(): Map<string, Family> {
  const known = new Map<string, Family>()
  for (const metric of createMetrics().registry.getMetricsAsArray()) {
    const { name, help, type, labelNames } = metric as unknown as Family & {
      type: string
      labelNames: readonly string[]
    }
    const family = { name, help, labels: [...labelNames, ...ADDED] }
    if (type !== 'histogram') known.set(name, family)
    else {
      known.set(`${name}_bucket`, { ...family, labels: [...family.labels, 'le'] })
      for (const part of ['sum', 'count']) known.set(`${name}_${part}`, family)
    }
  }
  return known
}

const known = knownNames()

test('every figure, label and value that an alert or the dashboard asks for exists', async (t) => {
  for (const { where, expr } of exprs) {
    const asked = selectors(expr)
    t.ok(asked.length > 0, where)
    for (const { name, matchers } of asked) {
      const family = known.get(name)
      t.ok(family, `${where}: ${name}`)
      for (const { label, values } of matchers) {
        t.ok(family?.labels.includes(label), `${where}: ${name} has the label ${label}`)
        for (const value of values.filter((one) => !one.startsWith('$'))) {
          const isKnown = Object.hasOwn(ERRORS, value) || /^[1-5]xx$/.test(value)
          t.ok(isKnown || family?.help.includes(`"${value}"`), `${where}: ${label} may be ${value}`)
        }
      }
    }
    const common = asked.map(({ name }) => known.get(name)?.labels ?? [])
    for (const label of groupings(expr)) {
      t.ok(
        common.every((labels) => labels.includes(label)),
        `${where}: by ${label}`,
      )
    }
  }
})

test('every figure of Doorward is on the dashboard or in an alert', async (t) => {
  const asked = new Set(exprs.flatMap(({ expr }) => selectors(expr).map(({ name }) => known.get(name)?.name)))
  const own = [...new Set([...known.values()].map(({ name }) => name))].filter((name) =>
    name.startsWith('doorward_'),
  )
  t.same(
    own.filter((name) => !asked.has(name)),
    [],
  )
})

test('every alert says how bad it is, whom it is about and what to do', async (t) => {
  t.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
  for (const { alert, expr, labels, annotations } of rules) {
    t.match(alert, /^Doorward[A-Z]\w+$/)
    t.ok(['critical', 'warning'].includes(labels.severity), alert)
    t.ok(annotations.description.length > 80, `${alert} has a description`)
    const used = [...JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label)
    const grouped = groupings(expr)
    for (const label of used)
      t.ok(grouped.length === 0 || grouped.includes(String(label)), `${alert}: ${label}`)
  }
})

test('the dashboard uses labels and variables that it has', async (t) => {
  const variables = dashboard.templating.list.map(({ name }) => name)
  for (const { title, expr, legendFormat } of targets) {
    for (const [, name] of expr.matchAll(/\$(\w+)/g)) {
      t.ok(name?.startsWith('__') || variables.includes(String(name)), `${title}: $${name}`)
    }
    const grouped = groupings(expr)
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      t.ok(grouped.includes(String(label)) || ADDED.includes(String(label)), `${title}: ${label}`)
    }
  }
  for (const { name, query } of dashboard.templating.list) {
    const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? []
    if (metric !== undefined) t.ok(known.get(metric)?.labels.includes(String(label)), name)
  }
})
