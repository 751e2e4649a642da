import * as z from 'zod'
import { duration } from './duration.js'
import { wholeNumber } from './fields.js'
import { size } from './size.js'

/** What a client may ask of the listeners. */
export const limits = z.strictObject({
  // By default five transaction cookies of the longest deep links, and the application's own headers beside them.
  header_size: size({ least: '4KiB', most: '1MiB' }).prefault('32KiB').meta({
    description: 'Largest request line and headers of a request, together; beyond it 431.',
  }),
  header_timeout: duration({ mostDays: 1 }).prefault('30s').meta({
    description: 'How long a client may take to send them; beyond it 408.',
  }),
  body_size: size({ least: '1B', most: '1024TiB' }).optional().meta({
    description: 'Largest body of a request; beyond it 413. No limit when not said.',
  }),
  body_timeout: duration({ mostDays: 1 }).prefault('1m').meta({
    description:
      'In how long a body has to get on by 1 KiB or to its end, while the app takes it; beyond it 408. An upload that gets on may take any time.',
  }),
  connections_per_tenant: wholeNumber(1_000_000, 1).optional().meta({
    description:
      "Most requests to the app that are under way at once for one tenant, streams and WebSockets included, in each process; beyond it 503. Doorward's own endpoints are not counted. No limit when not said.",
  }),
})
