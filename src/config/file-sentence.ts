/** Why the file system refused, without its message. */
export function fileSentence(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EACCES' || code === 'EPERM')
    return 'must be readable for Doorward (look at owner and mode, also of its directories)'
  if (code === 'EISDIR') return 'is a directory'
  if (code === 'ENOTDIR') return 'is not a directory'
  return code === undefined ? 'cannot be read' : `cannot be read (${code})`
}
