import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { buildConnector } from 'undici'
import type { Upstream, UpstreamTls } from '../config/resolve-upstream.js'

/** How new connections to an upstream are made: to a socket, in the clear, or with TLS as it is configured. */
export function createConnector(upstream: Upstream): buildConnector.connector {
  const connect = connectorFor(upstream)
  return (options, callback) =>
    connect(options, (...result) => {
      result[1]?.on('error', renameReset)
      callback(...result)
    })
}

// Undici takes a reset for the end of an answer that has no length, and the half of it for the whole (RFC 9112 §8).
function renameReset(error: NodeJS.ErrnoException): void {
  if (error.code === 'ECONNRESET') error.code = 'UND_ERR_SOCKET'
}

function connectorFor({ url, connect_timeout, tls = {} }: Upstream): buildConnector.connector {
  const timeout = connect_timeout
  if (url.startsWith('unix:')) return buildConnector({ timeout, socketPath: url.slice('unix:'.length) })
  const { protocol, hostname } = new URL(url)
  if (protocol === 'http:') return buildConnector({ timeout })
  const name = tls.server_name ?? hostname.replace(/\.$/, '')
  // RFC 6066 §3: addresses are never sent; then the certificate is judged by the address.
  const servername = isIP(name.replace(/^\[|\]$/g, '')) === 0 ? name : ''
  const current = followFiles(tls, timeout)
  // Without it the name would be taken from Host, which is the browser's word.
  return (options, callback) => current()({ ...options, servername }, callback)
}

/** Opens connections with the files as they are now; a certificate beside another's key leaves things as they were. */
function followFiles({ ca, cert, key }: UpstreamTls, timeout: number): () => buildConnector.connector {
  const read = () => ({ ca: ca?.reveal(), cert: cert?.reveal(), key: key?.reveal() })
  // A connector keeps TLS sessions to resume, which belong to the certificate they began with.
  const connectorOf = (texts: ReturnType<typeof read>) =>
    buildConnector({ timeout, secureContext: createSecureContext(texts) })
  let used = read()
  let connector = connectorOf(used)
  return () => {
    const now = read()
    if (now.ca === used.ca && now.cert === used.cert && now.key === used.key) return connector
    try {
      connector = connectorOf(now)
      used = now
    } catch {
      // Half of the pair has been replaced so far.
    }
    return connector
  }
}
