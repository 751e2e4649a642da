import { Readable } from 'node:stream'
import type { Test } from 'tap'
import type { Upstream } from '../../src/config/resolve-upstream.js'
import { createUpstreamConnections, type UpstreamConnections } from '../../src/gate/upstream-connections.js'
import { tenantConfig } from '../tenant/tenant-config.js'

/** An upstream as the configuration resolves it from its URL, with what a test says otherwise. */
export const upstreamAt = (url: string, said: Partial<Upstream> = {}): Upstream => ({
  ...tenantConfig().upstream,
  url,
  ...said,
})

/** Connections that end with the test. */
export function openConnections(t: Pick<Test, 'teardown'>): UpstreamConnections {
  const connections = createUpstreamConnections()
  t.teardown(() => connections.close())
  return connections
}

/** Sends a request and resolves with its answer; rejects with what went wrong. */
export function ask(
  connections: UpstreamConnections,
  upstream: Upstream,
  { method = 'GET', host = 'acme.localhost', body }: { method?: string; host?: string; body?: string } = {},
): Promise<{ status: number; text: string }> {
  const length = body === undefined ? [] : ['Content-Length', String(body.length)]
  const outgoing = {
    path: '/',
    method,
    headers: ['Host', host, ...length],
    body: body === undefined ? null : Readable.from([Buffer.from(body)]),
    upgrade: null,
  }
  return new Promise((resolve, reject) => {
    let status = 0
    let text = ''
    connections.send(upstream, outgoing, {
      onRequestStart() {},
      onResponseStart(_controller, given) {
        status = given
      },
      onResponseData(_controller, chunk) {
        text += chunk
      },
      // undici gives the connection free one turn later.
      onResponseEnd: () => setImmediate(() => setImmediate(resolve, { status, text })),
      onResponseError: (_controller, error) => reject(error),
    })
  })
}
