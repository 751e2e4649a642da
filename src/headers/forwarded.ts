import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'
import type { HeaderList } from './identity.js'

/** Tells whether a peer's X-Forwarded-For and -Host are believed; the scheme is the configured origin's always. */
export type TrustedProxies = (address: string | undefined) => boolean

/** Compiles `server.trusted_proxies`: single addresses and CIDRs that the configuration has validated. */
export function compileTrustedProxies(cidrs: readonly string[]): TrustedProxies {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return (address) => {
    if (address === undefined || cidrs.length === 0) return false
    const plain = unmapped(address)
    return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
  }
}

// A dual-stack socket shows IPv4 peers as ::ffff:192.0.2.1.
const unmapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

/** The host that the client asked for: Host, or the last X-Forwarded-Host where the peer is trusted. */
export function externalHost(headers: IncomingHttpHeaders, peerIsTrusted: boolean): string | undefined {
  const forwarded = peerIsTrusted ? headers['x-forwarded-host'] : undefined
  return typeof forwarded === 'string' ? forwarded.split(',').at(-1)?.trim() : headers.host
}

interface Hop {
  readonly headers: IncomingHttpHeaders
  readonly peer: string | undefined
  readonly peerIsTrusted: boolean
  /** The configured origin: the scheme that browsers use, whatever terminates TLS in between. */
  readonly origin: string
}

/** X-Forwarded-For, -Proto and -Host as the upstream gets them; a chain is extended for trusted peers only. */
export function forwardedHeaders({ headers, peer, peerIsTrusted, origin }: Hop): HeaderList {
  const list: HeaderList = []
  const chain = peerIsTrusted ? headers['x-forwarded-for'] : undefined
  const hops = joinHops(chain, peer === undefined ? undefined : unmapped(peer))
  if (hops !== '') list.push('X-Forwarded-For', hops)
  list.push('X-Forwarded-Proto', origin.startsWith('https:') ? 'https' : 'http')
  const host = externalHost(headers, peerIsTrusted)
  if (host !== undefined) list.push('X-Forwarded-Host', host)
  return list
}

const joinHops = (chain: string | string[] = '', hop = ''): string =>
  chain === '' || hop === '' ? `${chain}${hop}` : `${chain}, ${hop}`
