import type { Listen } from './config/listen.js'

/** Why a listener could not be had, and what to do about it, as a sentence that starts with the option. */
export function listenFailure(error: unknown, address: Listen, option: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  const sentence = 'path' in address ? ofSocket(code, address.path) : ofPort(code, address)
  const reason = code ?? (error instanceof Error ? error.message : String(error))
  return `${option}: ${sentence ?? `cannot listen at ${nameOf(address)}`} (${reason})`
}

function ofPort(
  code: string | undefined,
  { host, port }: { host: string; port: number },
): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `${nameOf({ host, port })} is in use by another program; end that one, or say another port`
    case 'EACCES':
      return `port ${port} needs a privilege; say one above 1023, or grant CAP_NET_BIND_SERVICE`
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return `this machine does not have the address ${host}; 0.0.0.0 stands for all that it has`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `this machine does not know the name ${host}; say an address, 0.0.0.0 for all`
    default:
      return undefined
  }
}

function ofSocket(code: string | undefined, path: string): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `something is at ${path} already; end the program that listens there, remove the file, or say another path`
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    // libuv says EACCES also of a directory that is not there.
    case 'ENOENT':
    case 'ENOTDIR':
      return `the directory of ${path} must exist, and Doorward be allowed to write in it`
    default:
      return undefined
  }
}

const nameOf = (address: Listen): string => {
  if ('path' in address) return address.path
  const { host, port } = address
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
