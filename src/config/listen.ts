import { isIP } from 'node:net'
import { parsed, Refusal } from './fields.js'

/** Where a server listens; port 0 lets the system choose one. */
export type Listen = { readonly host: string; readonly port: number } | { readonly path: string }

const SHAPE = 'must be host:port, such as 0.0.0.0:8080 or [::1]:8080, or unix:/path'

/** sun_path of unix(7), without its closing NUL. */
const LONGEST_SOCKET_PATH = 107

/** A listening address: `host:port`, `[::1]:port` or `unix:/path`. */
export const listen = parsed(parseListen, SHAPE).meta({ title: 'host:port or unix:/path' })

function parseListen(text: string): Listen | Refusal {
  return text.startsWith('unix:') ? parseSocket(text.slice('unix:'.length)) : parseHostPort(text)
}

/** A Unix socket by its absolute path. */
export function parseSocket(path: string): { readonly path: string } | Refusal {
  if (!path.startsWith('/') || path.endsWith('/') || path.includes('\0')) {
    return new Refusal('must name a socket by its absolute path, such as unix:/run/doorward.sock')
  }
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH) {
    return new Refusal(`must not name a socket path longer than ${LONGEST_SOCKET_PATH} bytes`)
  }
  return { path }
}

function parseHostPort(text: string): Listen | Refusal {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  if (digits === undefined || !(bracketed === undefined ? isHost(host) : isIP(host) === 6)) {
    return new Refusal(SHAPE)
  }
  const port = Number(digits)
  return port > 65_535 ? new Refusal('must have a port from 0 to 65535') : { host, port }
}

function isHost(host: string): boolean {
  const labels = host.split('.')
  const looksNumeric = labels.every((label) => /^\d+$/.test(label))
  return looksNumeric ? isIP(host) === 4 : labels.every((label) => /^[a-z0-9_-]{1,63}$/i.test(label))
}
