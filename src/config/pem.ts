import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** What is wrong with a text that should hold certificates; `undefined` when nothing is. */
export function noCertificates(text: string): string | undefined {
  const blocks = text.match(CERTIFICATE) ?? []
  const isUsable = blocks.length > 0 && blocks.every((block) => read(() => new X509Certificate(block)))
  return isUsable ? undefined : 'must hold one certificate or more in PEM'
}

/** What is wrong with a text that should hold a private key; `undefined` when nothing is. */
export function noPrivateKey(text: string): string | undefined {
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) {
    return 'is encrypted; store the key without a passphrase (openssl pkcs8 -topk8 -nocrypt)'
  }
  return readKey(text) === undefined ? 'must hold a private key in PEM' : undefined
}

/** Whether a private key is that of the first certificate of a chain; both have been found usable. */
export function fitTogether(chain: string, key: string): boolean {
  const [leaf] = chain.match(CERTIFICATE) ?? []
  const privateKey = readKey(key)
  if (leaf === undefined || privateKey === undefined) return false
  return read(() => new X509Certificate(leaf).checkPrivateKey(privateKey)) ?? false
}

const readKey = (text: string): KeyObject | undefined =>
  read(() => createPrivateKey({ key: text, format: 'pem' }))

// What a library says of a broken key may quote it.
function read<Result>(parse: () => Result): Result | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}
