import { readFileSync } from 'node:fs'

/** One instruction: its flags (`--from=build`), and its words, be they written as JSON or not. */
export interface Instruction {
  readonly name: string
  readonly flags: Readonly<Record<string, string>>
  readonly words: readonly string[]
  /** The arguments as one text, without the flags. */
  readonly text: string
}

/** A stage: what it starts from, a stage or an image, and what is done to that. */
export interface Stage {
  readonly name: string
  readonly from: string
  readonly instructions: readonly Instruction[]
}

/** Reads the stages of a Dockerfile in the order in which they stand; throws for what is no instruction. */
export function readDockerfile(file: string): readonly Stage[] {
  const stages: { name: string; from: string; instructions: Instruction[] }[] = []
  const values: Record<string, string> = {}
  const lines = readFileSync(file, 'utf8')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
  for (const line of lines) {
    if (line.trim() === '') continue
    const instruction = readInstruction(line)
    const stage = stages.at(-1)
    if (instruction.name === 'FROM') {
      const [from = '', , name = String(stages.length)] = instruction.words
      stages.push({ name, from: substitute(from, values), instructions: [] })
    } else if (stage !== undefined) stage.instructions.push(instruction)
    else if (instruction.name === 'ARG') {
      const [name = '', value = ''] = instruction.text.split(/=(.*)/s)
      values[name] = value
    } else throw new Error(`${instruction.name} stands before the first FROM`)
  }
  return stages
}

function readInstruction(line: string): Instruction {
  const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? []
  if (name === '') throw new Error(`not an instruction: ${line}`)
  const flags: Record<string, string> = {}
  const text = rest.replace(/--([a-z-]+)=(\S+)\s+/gy, (_match, flag: string, value: string) => {
    flags[flag] = value
    return ''
  })
  return { name, flags, text, words: wordsOf(text) }
}

/** The words of the JSON form or of the plain one. */
export function wordsOf(text: string): readonly string[] {
  return text.startsWith('[') ? JSON.parse(text) : text.split(/\s+/)
}

function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)\}/g, (_match, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no ARG before the first FROM gives ${name} a value`)
    return value
  })
}
