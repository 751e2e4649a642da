import { Secret } from './secret.js'

/** Whether two resolved settings say the same, secrets included; lists and mappings are compared in depth. */
export function sameSetting(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (one instanceof Secret && other instanceof Secret) return one.equals(other)
  if (!isPlain(one) || !isPlain(other) || Array.isArray(one) !== Array.isArray(other)) return false
  const [entries, others] = [Object.entries(one), Object.entries(other)]
  if (entries.length !== others.length) return false
  // In order as well: headers are sent, and rules are tried, in the order in which they stand.
  return entries.every(([key, value], index) => {
    const [otherKey, otherValue] = others[index] ?? []
    return key === otherKey && sameSetting(value, otherValue)
  })
}

/** The one from before where it says the same as the new one, so that who holds it need not change. */
export const keepSame = <Setting>(before: Setting, after: Setting): Setting =>
  sameSetting(before, after) ? before : after

// Of anything else it cannot be told here what it holds, and it counts as another one.
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null
}
