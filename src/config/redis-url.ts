import { isIP } from 'node:net'
import { Refusal } from './fields.js'
import { decodePercent, parseRedisParameters, type RedisParameters } from './redis-url-parameters.js'
import { Secret } from './secret.js'

/** A host and its port. */
export interface RedisNode {
  readonly host: string
  readonly port: number
}

/** Who Doorward is to a server; a password alone is that of the default user. */
export interface RedisCredentials {
  readonly username?: string | undefined
  readonly password?: Secret | undefined
}

/** A parsed URL of a Redis: one server, the sentinels of one, or some nodes of a cluster. */
export interface RedisLocation extends RedisCredentials, Pick<RedisParameters, 'prefix' | 'timeout' | 'tls'> {
  readonly kind: 'redis' | 'sentinel' | 'cluster'
  readonly nodes: readonly RedisNode[]
  readonly database: number
  /** The name by which the sentinels know the master. */
  readonly service: string
  /** Who Doorward is to the sentinels. */
  readonly sentinel: RedisCredentials
}

interface Scheme extends Pick<RedisLocation, 'kind'> {
  readonly shape: string
  readonly port: number
  readonly nodes: 'one' | 'many'
  readonly path: RegExp
}

const REDIS = { kind: 'redis', port: 6379, nodes: 'one', path: /^\/?(?<database>\d{0,5})$/ } as const

const SCHEMES: Readonly<Record<string, Scheme>> = {
  redis: { ...REDIS, shape: 'redis://[user:password@]host[:port][/db]' },
  rediss: { ...REDIS, shape: 'rediss://[user:password@]host[:port][/db]' },
  'redis+sentinel': {
    kind: 'sentinel',
    port: 26_379,
    nodes: 'many',
    path: /^(\/(?<service>[\w.-]+)(\/(?<database>\d{1,5}))?)?$/,
    shape: 'redis+sentinel://[user:password@]host[:port],…[/service[/db]]',
  },
  'redis+cluster': {
    kind: 'cluster',
    port: 6379,
    nodes: 'many',
    path: /^\/?$/,
    shape: 'redis+cluster://[user:password@]host[:port],…',
  },
}

const CREDENTIALS = 'must have user:password@ or :password@, each in percent-encoding'

const DEFAULT_SERVICE = 'mymaster'

const PARTS = /^(?:(?<credentials>[^@/]*)@)?(?<nodes>[^@/]+)(?<path>\/[^@]*)?$/

/** Reads a URL of a Redis; `undefined` when its scheme is another. It may name users whose passwords stand elsewhere. */
export function parseRedisUrl(text: string): RedisLocation | Refusal | undefined {
  const [, name = '', rest = ''] = /^([a-z+]+):\/\/(.*)$/s.exec(text) ?? []
  const scheme = SCHEMES[name]
  if (scheme === undefined) return undefined
  const [address = '', query] = split(rest, '?')
  const shape = new Refusal(`must be ${scheme.shape}`)
  const parts = /[\s\\#]/.test(rest) ? undefined : PARTS.exec(address)?.groups
  const path = scheme.path.exec(parts?.path ?? '')
  const nodes = parseNodes(parts?.nodes ?? '', scheme)
  if (parts === undefined || path === null || nodes === undefined) return shape
  const credentials = parseCredentials(parts.credentials)
  if (credentials instanceof Refusal) return credentials
  const parameters = parseRedisParameters(query, { kind: scheme.kind, isSecure: name === 'rediss' })
  if (parameters instanceof Refusal) return parameters
  const { sentinel_username, sentinel_password, ...common } = parameters
  return {
    kind: scheme.kind,
    nodes,
    ...credentials,
    ...common,
    database: Number(path.groups?.database ?? 0),
    service: path.groups?.service ?? DEFAULT_SERVICE,
    sentinel: { username: sentinel_username, password: secretOf(sentinel_password) },
  }
}

function parseCredentials(text: string | undefined): RedisCredentials | Refusal {
  if (text === undefined) return { username: undefined, password: undefined }
  const [user, word] = split(text, ':')
  const username = decodePercent(user)
  const password = word === undefined ? undefined : decodePercent(word)
  const isNobody = word === undefined ? !username : !password
  if (username === undefined || isNobody) return new Refusal(CREDENTIALS)
  return { username: username || undefined, password: secretOf(password) }
}

/** What is wrong with a location that names a user and has no password for it. */
export function loneUser({ username, password, sentinel }: RedisLocation): Refusal | undefined {
  if (username !== undefined && password === undefined) return new Refusal(CREDENTIALS)
  if (sentinel.username === undefined || sentinel.password !== undefined) return undefined
  return new Refusal('must have a sentinel_password= beside sentinel_username=')
}

function parseNodes(text: string, { nodes, port }: Scheme): RedisNode[] | undefined {
  const found = (nodes === 'one' ? [text] : text.split(',')).map((node) => parseNode(node, port))
  const complete = found.filter((node) => node !== undefined)
  return complete.length === found.length ? complete : undefined
}

function parseNode(text: string, defaultPort: number): RedisNode | undefined {
  const [, bracketed, plain = '', digits] = /^(?:\[([^\]]*)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const port = digits === undefined ? defaultPort : Number(digits)
  const isHost = bracketed === undefined ? /^[\w-]{1,63}(\.[\w-]{1,63})*$/.test(plain) : isIP(bracketed) === 6
  return isHost && port > 0 && port <= 65_535 ? { host: bracketed ?? plain, port } : undefined
}

function split(text: string, separator: string): [string] | [string, string] {
  const index = text.indexOf(separator)
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)]
}

const secretOf = (text: string | undefined) => (text === undefined ? undefined : Secret.of(text))
