import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a person is about to see the answer: a GET with `Sec-Fetch-Mode: navigate`, or without fetch
 * metadata and with `Accept` naming `text/html` (interface §5). Not a prefetch and not a WebSocket, whose
 * answer nobody would see.
 */
export function isNavigation(method: string, headers: IncomingHttpHeaders): boolean {
  if (method !== 'GET' || headers.upgrade !== undefined) return false
  if (/prefetch|prerender/.test(`${headers['sec-purpose'] ?? ''} ${headers.purpose ?? ''}`)) return false
  const mode = headers['sec-fetch-mode']
  if (mode !== undefined) return mode === 'navigate' && !isEmbedded(headers['sec-fetch-dest'])
  return headers.accept?.toLowerCase().includes('text/html') ?? false
}

// An iframe also "navigates", but a provider's sign-in page refuses to be framed: a hidden probe must get 401.
const isEmbedded = (destination: string | string[] | undefined): boolean =>
  destination === 'iframe' || destination === 'frame' || destination === 'embed' || destination === 'object'

/** Whether a person reads the answer to this request in a window: decides between a page and JSON. */
export const wantsPage = (method: string, headers: IncomingHttpHeaders): boolean =>
  isNavigation(method, headers) ||
  headers['sec-fetch-mode'] === 'navigate' ||
  (headers['sec-fetch-mode'] === undefined && (headers.accept?.toLowerCase().includes('text/html') ?? false))

/** Whether another site caused this request; browsers without fetch metadata are not accused. */
export const isForeignTriggered = (headers: IncomingHttpHeaders): boolean => {
  const site = headers['sec-fetch-site']
  return site === 'cross-site' || site === 'same-site'
}
