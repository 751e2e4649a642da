import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a person is about to see the answer: a GET with `Sec-Fetch-Mode: navigate`, or without fetch
 * metadata and with `Accept` naming `text/html`. Not a prefetch and not a WebSocket, whose
 * answer nobody would see.
 */
export function isNavigation(method: string, headers: IncomingHttpHeaders): boolean {
  if (method !== 'GET' || headers.upgrade !== undefined) return false
  if (/prefetch|prerender/.test(`${headers['sec-purpose'] ?? ''} ${headers.purpose ?? ''}`)) return false
  if (isEmbedded(headers['sec-fetch-dest'])) return false
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate'
  return headers.accept?.toLowerCase().includes('text/html') ?? false
}

// An iframe also "navigates", but a provider's sign-in page refuses to be framed: a hidden probe must get 401.
const isEmbedded = (destination: string | string[] | undefined): boolean =>
  destination === 'iframe' || destination === 'frame' || destination === 'embed' || destination === 'object'

/** Whether a person reads the answer to this request in a window, as after a form: decides between a page and JSON. */
export const wantsPage = (method: string, headers: IncomingHttpHeaders): boolean =>
  isNavigation(method === 'POST' ? 'GET' : method, headers)

/**
 * Whether a page of the site itself is known to have sent a form: no other can claim so (Fetch Metadata §2.3). Silence
 * proves nothing, nor does `none`, which a reload may say; `Origin` is `null` where a page asks for no referrer.
 */
export function isOwnForm(headers: IncomingHttpHeaders, origin: string): boolean {
  const site = headers['sec-fetch-site']
  if (site === undefined) return headers.origin === origin
  return site === 'same-origin' && [undefined, 'null', origin].includes(headers.origin)
}

/**
 * Whether another site caused this request. Browsers without fetch metadata are judged by Origin, which they send
 * with a POST; those that say nothing are not accused.
 */
export function isForeignTriggered(headers: IncomingHttpHeaders, origin: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  return headers.origin !== undefined && headers.origin !== origin
}
