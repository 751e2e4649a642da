// RFC 9110 §7.6.1: these concern the connection to the upstream. Node announces no trailers, and needs no announcement.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
// What Connection names in nearly every answer, and is dropped anyway.
const USUAL_OPTIONS = /^(?:keep-alive|close)$/i

/** Names and values in turn, latin1, of an upstream's answer, without those that concern its connection only. */
export function answerHeaders(raw: readonly Buffer[]): string[] {
  const passed: string[] = []
  let named: Set<string> | undefined
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] as Buffer).toString('latin1')
    const value = (raw[index + 1] as Buffer).toString('latin1')
    const spelled = name.toLowerCase()
    if (!HOP_BY_HOP.has(spelled)) passed.push(name, value)
    else if (spelled === 'connection' && !USUAL_OPTIONS.test(value)) {
      named ??= new Set()
      for (const option of value.split(',')) named.add(option.trim().toLowerCase())
    }
  }
  return named === undefined ? passed : without(named, passed)
}

function without(names: ReadonlySet<string>, headers: readonly string[]): string[] {
  return headers.filter((_, index) => !names.has((headers[index - (index % 2)] ?? '').toLowerCase()))
}
