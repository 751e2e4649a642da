import { createHash, randomBytes } from 'node:crypto'
import { decodeBase64url } from '../sealer.js'

/** What a session cookie stands for: the name of the record, and the half of its key that the store never sees. */
export interface SessionHandle {
  /**
   * 32 hexadecimal digits, made of the cookie's own id by SHA-256: it names the session in the store, in logs and to
   * operators, and nobody can make a cookie of it.
   */
  readonly id: string
  readonly secret: Buffer
}

const ID_BYTES = 16
const SECRET_BYTES = 32
const PUBLIC_ID_DIGITS = 32

const publicId = (cookieId: Buffer): string =>
  createHash('sha256').update(cookieId).digest('hex').slice(0, PUBLIC_ID_DIGITS)

/** A session cookie (`id.secret`) that nobody had before, and what it stands for. */
export function newSessionCookie(): { readonly key: SessionHandle; readonly cookie: string } {
  const id = randomBytes(ID_BYTES)
  const secret = randomBytes(SECRET_BYTES)
  return {
    key: { id: publicId(id), secret },
    cookie: `${id.toString('base64url')}.${secret.toString('base64url')}`,
  }
}

/** What a cookie's value stands for; `undefined` for anything that Doorward did not write. */
export function parseSessionCookie(value: string): SessionHandle | undefined {
  const [id, secret, ...rest] = value.split('.')
  if (id === undefined || secret === undefined || rest.length > 0) return undefined
  const idBytes = decodeBase64url(id)
  const secretBytes = decodeBase64url(secret)
  if (idBytes?.length !== ID_BYTES || secretBytes?.length !== SECRET_BYTES) return undefined
  return { id: publicId(idBytes), secret: secretBytes }
}
