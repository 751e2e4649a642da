import { Client } from '../fixtures/client.js'
import type { Server } from './servers/server.js'
import { UPSTREAM_BODY } from './servers/upstream.js'

/**
 * Rejects unless the server answers 200 with the upstream's body. The load generators count errors but no
 * redirects and look into no body; a request that is no navigation is never redirected by Doorward.
 */
export async function checkAnswer({ name, url, headers }: Server): Promise<void> {
  const response = await new Client().xhr(url, { headers })
  if (response.status !== 200 || response.text() !== UPSTREAM_BODY) {
    throw new Error(`${name} answered ${response.status}: ${response.text().slice(0, 200)}`)
  }
}
