// RFC 9110 §7.6.1: these concern the connection to the upstream. Node announces no trailers, and needs no announcement.
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** Names and values in turn, latin1, of an upstream's answer, without those that concern its connection only. */
export function answerHeaders(raw: readonly Buffer[]): string[] {
  const lines: [name: string, value: string][] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    lines.push([(raw[index] as Buffer).toString('latin1'), (raw[index + 1] as Buffer).toString('latin1')])
  }
  const dropped = new Set(HOP_BY_HOP)
  for (const [name, value] of lines) {
    if (name.toLowerCase() !== 'connection') continue
    for (const option of value.split(',')) dropped.add(option.trim().toLowerCase())
  }
  return lines.filter(([name]) => !dropped.has(name.toLowerCase())).flat()
}
