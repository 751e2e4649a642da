import { readFileSync } from 'node:fs'

/** Whether a path of the build context reaches the builder; the last pattern that matches it or a folder above decides. */
export function readDockerignore(file: string): (path: string) => boolean {
  const patterns = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ readmits: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }))
  return (path) => {
    const segments = path.split('/')
    const ways = segments.map((_segment, index) => segments.slice(0, index + 1).join('/'))
    const last = patterns.findLast(({ pattern }) => ways.some((way) => pattern.test(way)))
    return last?.readmits ?? true
  }
}

function patternOf(glob: string): RegExp {
  if (/\*\*|[?[\]]/.test(glob)) throw new Error(`this reader does not know ${glob}`)
  return new RegExp(`^${glob.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '[^/]*')}$`)
}
