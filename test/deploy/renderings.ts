import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

/** An object of the Kubernetes API. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly [key: string]: unknown }
  readonly [key: string]: unknown
}

/** What an operator would apply, made of sources in this repository by a program of theirs. */
export interface Rendering {
  readonly name: string
  readonly program: 'kubectl' | 'helm'
  /** Files and folders that decide about it. */
  readonly sources: readonly string[]
  /** Its text, made by the program at this path. */
  render(program: string): string
}

const CHART = 'deploy/helm/doorward'
const RENDERED = 'test/deploy/rendered'

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

const kustomize = (name: string, folder: string, ...sources: string[]): Rendering => ({
  name,
  program: 'kubectl',
  sources: [folder, ...sources],
  render: (program) => run(program, 'kustomize', folder),
})

const chart = (name: string, release: string, values: string): Rendering => ({
  name,
  program: 'helm',
  sources: [CHART, values],
  render: (program) => run(program, 'template', release, CHART, '--values', values),
})

/** All that the tests look at. */
export const RENDERINGS: readonly Rendering[] = [
  kustomize('base', 'deploy/kubernetes/base'),
  kustomize('example', 'deploy/kubernetes/overlays/example', 'deploy/kubernetes/base'),
  chart('chart', 'doorward', `${RENDERED}/fewest-values.yaml`),
  chart('chart-with-values', 'intranet', `${RENDERED}/values.yaml`),
  {
    name: 'chart-in-another',
    program: 'helm',
    sources: [CHART, `${RENDERED}/parent`],
    render(program) {
      const folder = mkdtempSync(join(tmpdir(), 'doorward-chart-'))
      try {
        cpSync(`${RENDERED}/parent`, folder, { recursive: true })
        // What `helm dependency update` does.
        cpSync(CHART, join(folder, 'charts/doorward'), { recursive: true })
        return run(program, 'template', 'intranet', folder)
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  },
]

/** Where a rendering is kept: CI needs neither kubectl nor helm to look at it. */
export const fileOf = ({ name }: Rendering): string => `${RENDERED}/${name}.yaml`

/** Its first line, which tells whether the sources or the text have changed since. */
export function headOf({ program, sources }: Rendering, text: string): string {
  const hash = createHash('sha256').update(text)
  for (const file of sources.flatMap(filesIn)) hash.update(`${file}\n${readFileSync(file, 'utf8')}\n`)
  return `# Made by ${program}; the SHA-256 of this text and its sources is ${hash.digest('hex')}`
}

function filesIn(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path]
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()
  // What is only to be read decides nothing.
  return files
    .map((file) => join(path, file))
    .filter((file) => !statSync(file).isDirectory() && !file.endsWith('.md'))
}

/** The objects in a text, in an order that does not depend on the program's version. */
export function manifestsIn(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text, { merge: true }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0]
    return document.toJS() as Manifest | null
  })
  const nameOf = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`
  return documents
    .filter((manifest) => manifest !== null)
    .sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
}
