/**
 * The address on this origin to which a sign-in or sign-out returns: path, query and fragment, as the URL parser
 * wrote them; `undefined` when it belongs elsewhere. Judged by parsing, since every pattern has been fooled
 * (`/\evil`, `//evil`, `https:evil`); what was judged is what is used.
 */
export function judgeReturnTo(address: string, origin: string): string | undefined {
  if (!URL.canParse(address, origin)) return undefined
  const url = new URL(address, origin)
  // Not by `url.origin`: a blob: URL has the origin of what it wraps.
  if (!url.href.startsWith(`${origin}/`)) return undefined
  // "/.//evil.example" parses to the path "//evil.example", which a Location header would send elsewhere.
  if (url.pathname.startsWith('//')) return undefined
  return url.pathname + url.search + url.hash
}
