import * as z from 'zod'
import { NEVER_FORWARDED, spellingOf } from '../header-names.js'
import { parsed, Refusal } from './fields.js'

/** The set that is sent when nothing else is said. */
export const DEFAULT_HEADERS = {
  'X-Forwarded-User': 'sub',
  'X-Forwarded-Email': 'email',
  'X-Forwarded-Preferred-Username': 'preferred_username',
  'X-Forwarded-Groups': 'groups',
  'X-Forwarded-Tenant': '$tenant',
}

/** What a `$name` in a header's value may be. */
const VARIABLES = ['$tenant', '$access_token', '$id_token', '$assertion']

/** The body's framing besides: that one passes from the client. */
const RESERVED = new Set([...NEVER_FORWARDED, 'content-length'])

function parseName(name: string): string | Refusal {
  // RFC 9110 §5.6.2: a field name is a token.
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return new Refusal('is not a valid header name')
  if (RESERVED.has(spellingOf(name))) return new Refusal("is Doorward's own or belongs to one connection")
  return name
}

function parseSource(text: string): string | Refusal {
  if (!text.includes('$')) {
    const isClaimPath = /^[^\s.\p{Cc}]+(\.[^\s.\p{Cc}]+)*$/u.test(text)
    return isClaimPath ? text : new Refusal('must be a claim path such as sub or address.country')
  }
  if (!/^[\x20-\x7e]*$/.test(text)) return new Refusal('must hold printable ASCII only around a $name')
  const used = text.match(/\$\w*/g) ?? []
  // The unknown name is not repeated: a password with a dollar sign may have landed here.
  if (!used.every((name) => VARIABLES.includes(name))) {
    return new Refusal(`holds an unknown $name; known are ${VARIABLES.join(', ')}`)
  }
  return text
}

/** Two names that an upstream may read as one, if there are any. */
function findLookalikes(headers: unknown): [string, string] | undefined {
  const seen = new Map<string, string>()
  for (const name of Object.keys(headers ?? {})) {
    const earlier = seen.get(spellingOf(name))
    if (earlier !== undefined) return [earlier, name]
    seen.set(spellingOf(name), name)
  }
  return undefined
}

/** Header name → where its value comes from. */
export const headers = z
  .record(parsed(parseName), parsed(parseSource))
  .refine((value) => findLookalikes(value) === undefined, {
    error: ({ input }) => `names one header twice: ${findLookalikes(input)?.join(' and ')}`,
    when: () => true,
  })
  .meta({ title: 'mapping of header name to claim path or $name' })
