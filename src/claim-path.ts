/**
 * The value at a claim path such as `address.country`, `undefined` where it leads nowhere; a claim whose name
 * itself holds the dots (`https://acme.example/role`) comes first.
 */
export function claimAt(claims: object, path: string): unknown {
  if (Object.hasOwn(claims, path)) return Reflect.get(claims, path)
  return path.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
  }, claims)
}
