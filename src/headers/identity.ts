import { claimAt } from '../claim-path.js'
import type { Identity } from '../identity.js'
import type { Tokens } from '../tokens.js'

/** What identity headers are made of. */
export interface HeaderSources {
  readonly tenant: string
  readonly identity: Identity
  readonly tokens: Tokens
  /** `undefined` where no header names it. */
  readonly assertion: string | undefined
}

/** Headers as a flat list: name, value, name, value …; values are UTF-8 bytes written as latin1, as on the wire. */
export type HeaderList = string[]

/** A tenant's `headers`, compiled. */
export interface IdentityHeaders {
  /** Claim paths that the headers read. */
  readonly neededClaims: readonly string[]
  /** Whether a header names `$assertion`. */
  readonly usesAssertion: boolean
  /** The headers of a person, those that hold a token only where said; one whose source is absent is absent. */
  build(sources: HeaderSources, tokens?: 'with tokens' | 'without tokens'): HeaderList
}

type Source = (sources: HeaderSources) => string | undefined

const VARIABLES: { readonly [name: string]: Source } = {
  $tenant: ({ tenant }) => tenant,
  $access_token: ({ tokens }) => tokens.access_token,
  $id_token: ({ tokens }) => tokens.id_token,
  $assertion: ({ assertion }) => assertion ?? missingAssertion(),
}
const TOKENS = ['$access_token', '$id_token', '$assertion']
const VARIABLE = /\$[a-z_]+/g

/** Compiles the `headers` option: header name to claim path, `$variable`, or text around one. */
export function compileIdentityHeaders(headers: { readonly [name: string]: string }): IdentityHeaders {
  const compiled = Object.entries(headers).map(([name, template]) => ({
    name,
    source: compile(template),
    holdsToken: TOKENS.some((token) => template.includes(token)),
  }))
  return {
    neededClaims: Object.values(headers).filter((template) => !template.includes('$')),
    usesAssertion: Object.values(headers).some((template) =>
      template.match(VARIABLE)?.includes('$assertion'),
    ),
    build: (sources, tokens = 'with tokens') =>
      compiled.flatMap(({ name, source, holdsToken }) => {
        const value = holdsToken && tokens === 'without tokens' ? undefined : source(sources)
        return value === undefined || value === '' ? [] : [name, toWire(value)]
      }),
  }
}

// An upstream that gets no header might take the request for a public one.
function missingAssertion(): never {
  throw new TypeError('the identity assertion was not prepared')
}

function compile(template: string): Source {
  if (!template.includes('$')) return ({ identity }) => formatClaim(claimAt(identity.claims, template))
  const names = template.match(VARIABLE) ?? []
  return (sources) => {
    const values = new Map(names.map((name) => [name, VARIABLES[name]?.(sources)]))
    if ([...values.values()].includes(undefined)) return undefined
    return template.replace(VARIABLE, (name) => values.get(name) ?? '')
  }
}

function formatClaim(claim: unknown): string | undefined {
  if (claim === undefined || claim === null) return undefined
  if (!Array.isArray(claim)) return formatScalar(claim)
  // A comma inside an element must not make two of it.
  return claim
    .filter((element) => element !== null)
    .map((element) => formatScalar(element).replaceAll(',', '%2C'))
    .join(',')
}

const formatScalar = (claim: unknown): string =>
  typeof claim === 'object' ? JSON.stringify(claim) : String(claim)

// Control characters (C0, DEL, C1) anywhere, and blanks at the edges, where a parser would take them away: " u1" and
// "u1" are two people.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds
const UNSAFE = /[\u0000-\u001f\u007f-\u009f]|^ +| +$/g

const toWire = (value: string): string =>
  Buffer.from(value.replace(UNSAFE, encodeURIComponent), 'utf8').toString('latin1')
