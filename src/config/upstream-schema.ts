import { isIP } from 'node:net'
import * as z from 'zod'
import { duration } from './duration.js'
import { parsed, Refusal } from './fields.js'
import { canonicalHostname } from './hostname.js'
import { secret } from './secret-schema.js'
import { parseUpstream } from './urls.js'

const pemFile = z.string().min(1).optional()

const serverName = parsed((text) =>
  isIP(text) !== 0 || canonicalHostname(text.toLowerCase()) === undefined
    ? new Refusal('must be a hostname')
    : text.toLowerCase().replace(/\.$/, ''),
)

const tls = z.strictObject({
  ca: pemFile.meta({
    title: 'path',
    description: "The authorities that may vouch for the app, PEM, in place of the system's.",
  }),
  cert: pemFile.meta({
    title: 'path',
    description: 'The certificate that Doorward shows to the app, PEM, with the chain behind it.',
  }),
  key: secret.optional().meta({
    description:
      'The private key of `cert`, PEM. New connections use both files anew once they fit together.',
  }),
  server_name: serverName.optional().meta({
    title: 'hostname',
    description: "The name that the app's certificate is for, where it is not the one in `url`.",
  }),
})

const settings = z.strictObject({
  url: parsed(parseUpstream).meta({
    title: 'URL',
    description: 'Where requests go: `http://` or `https://`, host and port; or `unix:/path`.',
  }),
  host: z.enum(['preserve', 'rewrite']).default('preserve').meta({
    description:
      'The `Host` header that the app sees: the one of the request, or that of `url` (`localhost` for a socket). `X-Forwarded-Host` is always the one of the request.',
  }),
  connect_timeout: duration({ mostDays: 1 })
    .prefault('10s')
    .meta({ description: 'How long connecting may take, TLS included; 504 after that.' }),
  response_timeout: duration({ mostDays: 1 }).prefault('60s').meta({
    description:
      'How long the app may stay silent before its answer; 504 after that. Once it answers, it may take its time.',
  }),
  idle_timeout: duration({ mostDays: 1 }).prefault('4s').meta({
    description:
      'How long an unused connection is kept. Say less than the app does: what it closes at the same moment is sent again only where that is safe.',
  }),
  tls: tls
    .optional()
    .meta({ title: 'mapping', description: 'Trust and client certificate towards an `https://` app.' }),
})

/** The app behind the proxy: its URL, or a mapping that says more. */
export const upstream = z
  .union([settings.shape.url.transform((url) => settings.parse({ url })), settings], {
    error: ({ input }) =>
      typeof input === 'number' || typeof input === 'boolean' || Array.isArray(input)
        ? 'must be a URL or a mapping with url'
        : undefined,
  })
  .meta({ title: 'URL or mapping' })

/** An upstream as written and checked key by key; its files are opened by `resolveUpstream`. */
export type WrittenUpstream = z.output<typeof settings>
