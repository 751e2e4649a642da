import { isLoopback } from '../config/hostname.js'
import { type Finding, note, warning } from './finding.js'

/** Looks for origins whose redirect URI, and the session with it, travels in the clear. */
export function checkOrigins(origins: readonly string[], pathPrefix: string): Finding[] {
  return origins.flatMap((origin) => {
    const { protocol, hostname } = new URL(origin)
    if (protocol === 'https:') return []
    const redirectUri = `the redirect URI ${origin}${pathPrefix}/callback is http:`
    if (isLoopback(hostname)) return [note('origin', `${redirectUri}, only for development`)]
    return [
      warning(
        'origin',
        `${redirectUri}, and whoever is on the way can take the session: end TLS in front, and write https:// here and at the provider`,
      ),
    ]
  })
}
