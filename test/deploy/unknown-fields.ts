import { resolve } from 'node:path'
import ts from 'typescript'
import type { Manifest } from './renderings.js'

/**
 * Fields that the API does not have, wrong types and missing fields, one sentence each. The API server drops an unknown
 * field silently, and so do JSON schemas made of its OpenAPI document; the types of the same document do not.
 */
export function problemsOf(manifests: readonly Manifest[]): readonly string[] {
  const file = resolve('test/deploy/manifests-to-check.ts')
  const lines = manifests.map((manifest, index) => {
    const type = `import('kubernetes-models/${manifest.apiVersion}').I${manifest.kind}`
    return `export const m${index}: ${type} = ${JSON.stringify(manifest)}`
  })
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  }
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.getSourceFile = (name, target) =>
    name === file ? ts.createSourceFile(name, lines.join('\n'), target) : getSourceFile(name, target)
  const program = ts.createProgram([file], options, host)
  return ts.getPreEmitDiagnostics(program).map(({ messageText, start = 0 }) => {
    const line = lines.join('\n').slice(0, start).split('\n').length - 1
    const manifest = manifests[line]
    return `${manifest?.kind}/${manifest?.metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}
