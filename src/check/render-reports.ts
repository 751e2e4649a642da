import { withoutControls } from '../terminal.js'
import type { TenantReport } from './check-tenants.js'
import { type Finding, hasErrors, type Level } from './finding.js'
import { fitColumns, wrap } from './fit.js'

/** How the text is to look. */
export interface Look {
  readonly isColored: boolean
  /** Columns of the terminal; `undefined` where lines may be of any length. */
  readonly width: number | undefined
}

type Verdict = Level | 'fine' | 'unasked'

const HEAD = ['TENANT', 'ISSUER', 'RESULT'] as const
const GAP = '  '
const COLORS: { readonly [verdict in Verdict]: number } = {
  error: 31,
  warning: 33,
  note: 36,
  fine: 32,
  unasked: 90,
}

/** Whether nothing fails for certain; of a tenant that nobody was asked about, that is not known. */
export const isFine = (report: TenantReport): boolean =>
  report.findings !== undefined && !hasErrors(report.findings)

/** A table with a line for each tenant, then what was found, then how many are fine. */
export function renderReports(reports: readonly TenantReport[], look: Look): string {
  const details = reports.flatMap(({ id, findings = [] }) =>
    findings.length === 0 ? [] : ['', id, ...findings.map((finding) => detailOf(finding, look))],
  )
  return [...tableOf(reports, look), ...details, '', summaryOf(reports)].join('\n')
}

const paint = (text: string, verdict: Verdict, { isColored }: Look): string =>
  isColored ? `\x1b[${COLORS[verdict]}m${text}\x1b[39m` : text

function tableOf(reports: readonly TenantReport[], look: Look): string[] {
  const rows = reports.map(({ id, issuer, findings }) => [id, issuer, resultOf(findings)] as const)
  const [tenants, issuers, results] = fitColumns([HEAD, ...rows], look.width, GAP.length)
  const lineOf = (index: number, result: string) =>
    [tenants?.[index], issuers?.[index], result].join(GAP).trimEnd()
  const [head = '', ...said] = results ?? []
  return [
    lineOf(0, head),
    ...reports.map(({ findings }, index) =>
      lineOf(index + 1, paint(said[index] ?? '', verdictOf(findings), look)),
    ),
  ]
}

function detailOf({ level, topic, sentence }: Finding, look: Look): string {
  const width = 'warning'.length
  const indent = 2 + width + GAP.length
  // What a provider sends must not write to the terminal.
  const lines = wrap(`${topic}: ${withoutControls(sentence)}`, look.width, indent)
  return `  ${paint(level.padEnd(width), level, look)}${GAP}${lines}`
}

const number = (findings: readonly Finding[], wanted: Level): number =>
  findings.filter(({ level }) => level === wanted).length

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`

function resultOf(findings: readonly Finding[] | undefined): string {
  if (findings === undefined) return 'not asked'
  const levels = ['error', 'warning'] as const
  const counts = levels.map((level) => ({ level, many: number(findings, level) }))
  const said = counts.filter(({ many }) => many > 0).map(({ level, many }) => count(many, level))
  return said.join(', ') || 'fine'
}

function verdictOf(findings: readonly Finding[] | undefined): Verdict {
  if (findings === undefined) return 'unasked'
  return (['error', 'warning'] as const).find((level) => number(findings, level) > 0) ?? 'fine'
}

function summaryOf(reports: readonly TenantReport[]): string {
  const failing = reports.filter(({ findings = [] }) => hasErrors(findings)).length
  const unasked = reports.filter(({ findings }) => findings === undefined).length
  const all = count(reports.length, 'tenant')
  const said = `${all}, ${failing === 0 ? 'none' : failing} with errors`
  return unasked === 0 ? `${said}.` : `${said}, ${unasked} not asked (interrupted).`
}
