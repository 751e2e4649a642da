import { randomBytes } from 'node:crypto'
import { decodeBase64url } from '../sealer.js'

/** What a session cookie carries: the name of the record, and the half of its key that the store never sees. */
export interface SessionHandle {
  readonly id: string
  readonly secret: Buffer
}

const ID_BYTES = 16
const SECRET_BYTES = 32

/** A key that nobody had before. */
export const newSessionHandle = (): SessionHandle => ({
  id: randomBytes(ID_BYTES).toString('base64url'),
  secret: randomBytes(SECRET_BYTES),
})

/** The cookie's value: `id.secret`. */
export const formatSessionCookie = ({ id, secret }: SessionHandle): string =>
  `${id}.${secret.toString('base64url')}`

/** The key in a cookie's value; `undefined` for anything that Doorward did not write. */
export function parseSessionCookie(value: string): SessionHandle | undefined {
  const [id, secret, ...rest] = value.split('.')
  if (id === undefined || secret === undefined || rest.length > 0) return undefined
  const secretBytes = decodeBase64url(secret)
  if (decodeBase64url(id)?.length !== ID_BYTES || secretBytes?.length !== SECRET_BYTES) return undefined
  return { id, secret: secretBytes }
}
