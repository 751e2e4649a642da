/**
 * When an ID token expires, in milliseconds since the epoch; `undefined` where it does not say. Only for one that was
 * verified when it came: nothing is verified here.
 */
export function idTokenExpiry(jwt: string): number | undefined {
  try {
    const payload: unknown = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString())
    const { exp } = payload as { exp?: unknown }
    return typeof exp === 'number' ? exp * 1000 : undefined
  } catch {
    return undefined
  }
}
