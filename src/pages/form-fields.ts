/** A form's fields as a page can hold them, and the encoding in which a browser makes the same bytes of them. */
export interface FormFields {
  readonly encoding: 'utf-8' | 'windows-1252'
  /** Names and values in the order of the form, doubles included. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

// What windows-1252 has at 0x80 to 0x9f; every other byte is its own code point (Encoding Standard §9).
const UPPER = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads an `application/x-www-form-urlencoded` body (URL Standard §5.1). Where it is no UTF-8, as in the forms of old
 * pages, its bytes are taken for windows-1252, which has a character for each of them: whatever they meant, a browser
 * turns them into the same bytes again. Only a NUL would come out as another character; see `holdsNul`.
 */
export function readFormFields(body: Buffer): FormFields {
  const pairs = body
    .toString('latin1')
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      const name = equals === -1 ? pair : pair.slice(0, equals)
      return [bytesOf(name), bytesOf(equals === -1 ? '' : pair.slice(equals + 1))] as const
    })
  try {
    return {
      encoding: 'utf-8',
      fields: decodeAll(pairs, (text) => UTF_8.decode(Buffer.from(text, 'latin1'))),
    }
  } catch {
    return { encoding: 'windows-1252', fields: decodeAll(pairs, fromWindows1252) }
  }
}

/** Whether a form holds a NUL, which no page can. */
export const holdsNul = (body: Buffer): boolean => body.includes(0) || body.includes('%00')

const fromWindows1252 = (text: string): string =>
  text.replace(/[\x80-\x9f]/g, (byte) => UPPER[byte.charCodeAt(0) - 0x80] ?? byte)

const decodeAll = (
  pairs: readonly (readonly [string, string])[],
  decode: (text: string) => string,
): FormFields['fields'] => pairs.map(([name, value]) => [decode(name), decode(value)] as const)

/** The bytes that a text stands for, one character each. */
const bytesOf = (text: string): string =>
  text
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
