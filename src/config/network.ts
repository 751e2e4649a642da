import { isIP } from 'node:net'
import { parsed, Refusal } from './fields.js'

const BITS: Record<number, number> = { 4: 32, 6: 128 }

/** An address or a CIDR range of either family, kept as written. */
export const network = parsed(parseNetwork).meta({ title: 'CIDR' })

function parseNetwork(text: string): string | Refusal {
  const [address = '', bits, ...rest] = text.split('/')
  // A zone id (`fe80::1%eth0`) names an interface, not a range.
  const most = address.includes('%') ? undefined : BITS[isIP(address)]
  const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (most ?? 0))
  if (most === undefined || !isRange || rest.length > 0) {
    return new Refusal('must be an IP address or a CIDR range, such as 10.0.0.0/8 or fd00::/8')
  }
  return text
}
