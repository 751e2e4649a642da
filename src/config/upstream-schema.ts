import { z } from 'zod'
import { duration } from './duration.js'
import { parsed } from './fields.js'
import { notYet } from './not-yet.js'
import { parseUpstream } from './urls.js'

const url = notYet(
  parsed(parseUpstream).meta({
    title: 'URL',
    description: 'Where requests go: `http://` or `https://`, host and port.',
  }),
  { name: 'unix:', isUsed: (value) => typeof value === 'string' && value.startsWith('unix:') },
)

const host = notYet(
  z
    .enum(['preserve', 'rewrite'])
    .default('preserve')
    .meta({ description: 'The `Host` header that the app sees.' }),
  { name: 'rewrite', isUsed: (value) => value === 'rewrite' },
)

const timeout = (description: string) => notYet(duration().optional().meta({ description }))

const settings = z.strictObject({
  url,
  host,
  connect_timeout: timeout('How long connecting may take.'),
  response_timeout: timeout('How long the app may stay silent before its answer.'),
  idle_timeout: timeout('How long an idle connection is kept.'),
  tls: notYet(
    z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ title: 'mapping', description: 'Trust and client certificate towards the app.' }),
  ),
})

/** The app behind the proxy: its URL, or a mapping that says more. */
export const upstream = z
  .union([url.transform((text) => ({ url: text })), settings.transform(({ url }) => ({ url }))], {
    error: ({ input }) =>
      typeof input === 'number' || typeof input === 'boolean' || Array.isArray(input)
        ? 'must be a URL or a mapping with url'
        : undefined,
  })
  .meta({ title: 'URL or mapping' })
