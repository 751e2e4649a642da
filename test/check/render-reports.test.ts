import { stripVTControlCharacters } from 'node:util'
import { test } from 'tap'
import { error, note, warning } from '../../src/check/finding.js'
import { isFine, renderReports } from '../../src/check/render-reports.js'

const PLAIN = { isColored: false, width: undefined }
const FINE = { id: 'a', issuer: 'https://a.example', findings: [] }
const NOTED = { id: 'beta', issuer: 'https://b.example', findings: [note('origin', 'is for development')] }
const BROKEN = {
  id: 'c',
  issuer: 'https://long.c.example',
  findings: [error('keys', 'no\x1b[2J\n key'), warning('pkce', 'none'), warning('refresh', 'none')],
}

test('a report is a line for each tenant, then what was found, then the sum', async (t) => {
  const text = `
TENANT  ISSUER                  RESULT
a       https://a.example       fine
beta    https://b.example       fine
c       https://long.c.example  1 error, 2 warnings

beta
  note     origin: is for development

c
  error    keys: no [2J  key
  warning  pkce: none
  warning  refresh: none

3 tenants, 1 with errors.`
  t.equal(`\n${renderReports([FINE, NOTED, BROKEN], PLAIN)}`, text)
  t.match(renderReports([FINE], PLAIN), /^1 tenant, none with errors\.$/m)
})

test('colours are for terminals, and change nothing else', async (t) => {
  const reports = [FINE, NOTED, { ...BROKEN, findings: [error('keys', 'none')] }]
  const colored = renderReports(reports, { ...PLAIN, isColored: true })
  t.match(colored, '\x1b[31m1 error\x1b[39m')
  t.match(colored, '\x1b[32mfine\x1b[39m')
  t.equal(stripVTControlCharacters(colored), renderReports(reports, PLAIN))
})

test('on a narrow terminal issuers are shortened and sentences broken, so that the table stays one', async (t) => {
  const wordy = [error('issuer', `${'many words of '.repeat(6)}it`)]
  const reports = [FINE, { ...BROKEN, findings: wordy }, { ...NOTED, findings: undefined }]
  const text = `
TENANT  ISSUER                 RESULT
a       https://a.example      fine
c       https://long.c.examp…  1 error
beta    https://b.example      not asked

c
  error    issuer: many words of many
           words of many words of many
           words of many words of many
           words of it

3 tenants, 1 with errors, 1 not asked (interrupted).`
  t.equal(`\n${renderReports(reports, { isColored: false, width: 40 })}`, text)
})

test('only an error is a failure', async (t) => {
  t.ok(isFine(NOTED))
  t.ok(isFine({ ...FINE, findings: [warning('pkce', 'none')] }))
  t.notOk(isFine(BROKEN))
  t.notOk(isFine({ ...FINE, findings: undefined }), 'what was not asked is not known')
})
