import * as z from 'zod'
import { assertionSigningAlg } from './assertion-schema.js'
import { duration } from './duration.js'
import { emptiable, flag, parsed, Refusal, sayWhenGiven } from './fields.js'
import { headers } from './header-schema.js'
import { rules } from './rule-schema.js'
import { clientKey, rotatingSecret } from './secret-schema.js'
import { upstream } from './upstream-schema.js'
import { parseIssuer, parseOrigin } from './urls.js'

const issuer = parsed(parseIssuer).meta({ title: 'URL' })

/**
 * Parameters of the authorization request that only Doorward sets; and a client's credentials, which belong to the token
 * endpoint and would stand in the browser's address.
 */
const OWN_PARAMETERS = [
  'client_assertion',
  'client_assertion_type',
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
]

const parameterName = parsed((name) =>
  OWN_PARAMETERS.includes(name) ? new Refusal('is set by Doorward itself and cannot be said here') : name,
)

const parameterValue = z
  .union([z.string(), z.number(), z.boolean()], {
    error: sayWhenGiven('must be a string, a number, true or false'),
  })
  .transform(String)

/** RFC 6749 §3.3: a scope token. */
const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be one scope without spaces')

function parseLocalPath(text: string): string | Refusal {
  // `URL` drops tabs and newlines, which would turn `/<tab>/evil.example` into another site.
  const isLocal = /^\/(?![/\\])[^\s\\\p{Cc}]*$/u.test(text)
  return isLocal
    ? text
    : new Refusal('must be a path on this site: it starts with one / and holds no backslash')
}

const logout = z.strictObject({
  rp_initiated: flag.prefault(true).meta({ description: "Sign-out ends the provider's session too." }),
  revoke: flag.prefault(true).meta({ description: 'Sign-out revokes the refresh token.' }),
  redirect: parsed(parseLocalPath)
    .prefault('/')
    .meta({ title: 'path', description: 'Where the browser lands after sign-out.' }),
})

const session = z.strictObject({
  idle_timeout: duration().optional().meta({ description: 'As `session.idle_timeout`, for this tenant.' }),
  max_lifetime: duration().optional().meta({ description: 'As `session.max_lifetime`, for this tenant.' }),
  stale_limit: duration({ zero: true })
    .optional()
    .meta({ description: 'As `session.stale_limit`, for this tenant.' }),
})

/** One tenant as it is written, in `tenants` or in a file of its own. */
export const tenantSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/, 'must be 1 to 63 of a-z, 0-9 and -')
    .optional()
    .meta({
      title: 'a-z 0-9 -',
      description:
        "The tenant's name in logs and commands; the file's name in `tenants_dir`, else made of the first hostname.",
    }),
  origins: z
    .array(parsed(parseOrigin).meta({ title: 'URL' }))
    .min(1, 'must hold at least one origin')
    .meta({ description: 'External `scheme://host[:port]`; the first is the canonical one.' }),
  issuer: issuer.meta({ description: "The OpenID Provider's issuer, exactly as the provider writes it." }),
  issuer_aliases: emptiable(z.array(issuer), []).meta({
    title: 'list of URL',
    description: 'Other `iss` values of the same provider, such as the custom domain of an Okta org.',
  }),
  client_id: z
    .string()
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')
    .regex(/^(?! )(?!.* $)/, 'must not start or end with a space')
    .min(1)
    .meta({ description: 'The client id that the provider gave.' }),
  client_secret: rotatingSecret.optional().meta({
    description:
      'The client secret that the provider gave, or `[new, old]` while it is rotated; required where there is no `client_key`.',
  }),
  client_key: clientKey.optional().meta({
    description:
      'Key pair for `private_key_jwt` in place of a secret. `managed`: Doorward makes, publishes (`jwks`) and rotates it, and keeps it in the session store; with `memory:` each start makes a new one. `{ file: PATH }`: a private key, PEM or JWK.',
  }),
  token_endpoint_auth_method: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .optional()
    .meta({
      description:
        'How the client authenticates to the provider: with a secret `client_secret_basic` unless said otherwise, with a key `private_key_jwt`.',
    }),
  scopes: z
    .array(scope)
    .refine((scopes) => scopes.includes('openid'), 'must hold openid')
    .default(['openid', 'profile', 'email'])
    .meta({ description: 'Scopes asked for, plus `offline_access` where `refresh_tokens`.' }),
  refresh_tokens: flag
    .prefault(true)
    .meta({ description: 'Ask for refresh tokens; `false` where the provider forbids `offline_access`.' }),
  authorization_params: emptiable(z.record(parameterName, parameterValue), {}).meta({
    title: 'mapping of string to string',
    description: 'More parameters of the authorization request, such as `prompt` or `idp`.',
  }),
  response_mode: z.enum(['query', 'form_post']).default('query').meta({
    description:
      'How the provider answers the authorization request; `form_post` keeps code and state out of its address.',
  }),
  userinfo: z.enum(['auto', 'always', 'never']).default('auto').meta({
    description:
      'When the userinfo endpoint is asked; `auto`: when a claim that is needed is not in the ID token.',
  }),
  idp_initiated_login: z.enum(['redirect', 'id_token', 'off']).default('redirect').meta({
    description:
      'How a sign-in may start at the provider. `redirect`: at `initiate`. `id_token`: also with an ID token that is posted unasked (Okta Simplified), which only starts a sign-in.',
  }),
  logout: emptiable(logout, {}),
  upstream: upstream.optional().meta({ description: 'As `upstream`, for this tenant.' }),
  headers: headers.optional().meta({ description: 'As `headers`, for this tenant; replaces them all.' }),
  assertion_signing_alg: assertionSigningAlg
    .optional()
    .meta({ description: 'As `assertion_signing_alg`, for this tenant.' }),
  rules: rules.nullish().meta({ description: 'As `rules`, for this tenant; replaces them all.' }),
  session: emptiable(session, {}),
  keep_forms: flag.optional().meta({ description: 'As `keep_forms`, for this tenant.' }),
  allow_insecure_http: flag.prefault(false).meta({
    description: '**Dangerous.** Accept `http:` origins and issuers on names that are not loopback.',
  }),
})

/** A tenant as written and checked key by key, before the global values are merged in. */
export type WrittenTenant = z.output<typeof tenantSchema>
