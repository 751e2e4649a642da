import * as z from 'zod'
import { configSchema } from './schema.js'

/** A schema node as far as the table needs it. */
interface Node {
  readonly type?: string
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly items?: Node
  readonly anyOf?: readonly Node[]
}

interface Option {
  readonly key: string
  readonly type: string
  readonly byDefault: string
  readonly meaning: string
}

/** The JSON Schema of what may be written, for editors; draft 7 is what their YAML plugins know. */
export function jsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' })
}

/** Every option as a Markdown table, for `config/reference.md`. */
export function optionTable(): string {
  const rows = optionsOf(jsonSchema() as Node, '', new Set()).map(({ key, type, byDefault, meaning }) => [
    `\`${key}\``,
    type,
    byDefault,
    meaning,
  ])
  const head = [
    ['key', 'type', 'default', 'meaning'],
    ['---', '---', '---', '---'],
  ]
  return [...head, ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |\n`).join('')
}

/** Parts that appear again, such as the upstream of a tenant, are shown in full the first time only. */
function optionsOf(node: Node, prefix: string, shown: Set<string>): Option[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const key = `${prefix}${name}`
    const inner = mappingOf(child)
    const isAgain = inner !== undefined && shown.has(JSON.stringify(inner.node))
    if (inner !== undefined) shown.add(JSON.stringify(inner.node))
    const below = inner === undefined || isAgain ? [] : optionsOf(inner.node, `${key}${inner.suffix}.`, shown)
    if (child.description === undefined) return below
    const isRequired = node.required?.includes(name) ?? false
    const option = {
      key,
      type: typeOf(child),
      byDefault: defaultOf(child, isRequired),
      meaning: child.description,
    }
    return [option, ...below]
  })
}

/** The mapping that a key holds: directly, as one of its forms, or as an item of its list. */
function mappingOf(node: Node): { node: Node; suffix: '' | '[]' } | undefined {
  for (const form of node.anyOf ?? [node]) {
    if (form.properties !== undefined && form.title !== 'secret') return { node: form, suffix: '' }
    if (form.items?.properties !== undefined) return { node: form.items, suffix: '[]' }
  }
  return undefined
}

function typeOf(node: Node): string {
  if (node.title !== undefined) return node.title
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (node.items !== undefined) return `list of ${typeOf(node.items)}`
  const [form] = node.anyOf ?? []
  return form === undefined ? (node.type ?? 'value') : typeOf(form)
}

function defaultOf(node: Node, isRequired: boolean): string {
  if (isRequired) return 'required'
  return node.default === undefined ? '' : `\`${JSON.stringify(node.default).replaceAll('"', '')}\``
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}
