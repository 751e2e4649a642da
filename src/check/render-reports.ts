import type { TenantReport } from './check-tenants.js'
import type { Finding, Level } from './finding.js'

const HEAD = ['TENANT', 'ISSUER', 'RESULT'] as const
const COLORS: { readonly [level in Level | 'fine']: number } = { error: 31, warning: 33, note: 36, fine: 32 }

/** Whether nothing fails for certain. */
export const isFine = ({ findings }: TenantReport): boolean =>
  !findings.some(({ level }) => level === 'error')

/** A table with a line for each tenant, then what was found, then how many are fine. */
export function renderReports(reports: readonly TenantReport[], isColored: boolean): string {
  const paint = (text: string, level: Level | 'fine') =>
    isColored ? `\x1b[${COLORS[level]}m${text}\x1b[39m` : text
  const widths = [
    Math.max(HEAD[0].length, ...reports.map(({ id }) => id.length)),
    Math.max(HEAD[1].length, ...reports.map(({ issuer }) => issuer.length)),
  ] as const
  const row = (id: string, issuer: string, result: string) =>
    `${id.padEnd(widths[0])}  ${issuer.padEnd(widths[1])}  ${result}`
  const rows = reports.map(({ id, issuer, findings }) =>
    row(id, issuer, paint(resultOf(findings), worstOf(findings))),
  )
  const details = reports.flatMap(({ id, findings }) => {
    const lines = findings.map(
      ({ level, topic, sentence }) => `  ${paint(level.padEnd(7), level)}  ${topic}: ${plain(sentence)}`,
    )
    return lines.length === 0 ? [] : ['', id, ...lines]
  })
  return [row(...HEAD), ...rows, ...details, '', summaryOf(reports)].join('\n')
}

// What a provider sends must not write to the terminal.
const plain = (sentence: string): string => sentence.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')

const number = (findings: readonly Finding[], wanted: Level): number =>
  findings.filter(({ level }) => level === wanted).length

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? '' : 's'}`

function resultOf(findings: readonly Finding[]): string {
  const levels = ['error', 'warning'] as const
  const counts = levels.map((level) => ({ level, many: number(findings, level) }))
  const said = counts.filter(({ many }) => many > 0).map(({ level, many }) => count(many, level))
  return said.join(', ') || 'fine'
}

const worstOf = (findings: readonly Finding[]): Level | 'fine' =>
  (['error', 'warning'] as const).find((level) => number(findings, level) > 0) ?? 'fine'

function summaryOf(reports: readonly TenantReport[]): string {
  const failing = reports.filter((report) => !isFine(report)).length
  const all = count(reports.length, 'tenant')
  return failing === 0 ? `${all}, none with errors.` : `${all}, ${failing} with errors.`
}
