import { parsed, Refusal } from './fields.js'

/** The schemes that are known; those of several Redis nodes are refused by the schema for now. */
const SCHEMES = ['redis:', 'rediss:', 'redis+sentinel:', 'redis+cluster:']

/** The store's URL. Its sentences never repeat it: it may hold a password. */
export const sessionStore = parsed(parseSessionStore).meta({ title: 'URL' })

function parseSessionStore(text: string): string | Refusal {
  if (text === 'memory:') return text
  const scheme = SCHEMES.find((known) => text.startsWith(`${known}//`))
  if (scheme === undefined) {
    return new Refusal('must be memory: or a URL such as redis://host:6379/0')
  }
  // A list of nodes is no URL to `URL`; whoever builds these schemes judges them whole.
  return scheme === 'redis:' && !isRedisUrl(text)
    ? new Refusal('must be redis://[user:password@]host[:port][/db]')
    : text
}

function isRedisUrl(text: string): boolean {
  if (/[\s\\?#]/.test(text) || !URL.canParse(text)) return false
  const { hostname, pathname, username, password } = new URL(text)
  return hostname !== '' && /^\/?\d*$/.test(pathname) && canDecode(username) && canDecode(password)
}

/** The Redis client percent-decodes the credentials and throws, with the URL in its message, where it cannot. */
function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
