import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Where the demo's Doorward listens. */
export interface Ports {
  readonly public: number
  readonly admin: number
}

/** Something the person at the terminal can put right; its message is all they need to read. */
export class DemoError extends Error {}

const PUBLIC_PORT = 8080
const ADMIN_PORT = 9090

/** `DEMO_PORT` or 8080, and 9090 for the admin listener; `DEMO_PORT=0` picks free ones. */
export async function choosePorts(wish: string | undefined): Promise<Ports> {
  if (wish === '0') return pickFreePorts()
  const port = wish === undefined || wish === '' ? PUBLIC_PORT : Number(wish)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new DemoError(`DEMO_PORT must be a port from 1 to 65535, or 0 for any free one; it is "${wish}".`)
  }
  const reason = await refusal(port)
  if (reason !== undefined) {
    const choice = 'Choose another, such as DEMO_PORT=8181 npm run demo, or DEMO_PORT=0 for any free one.'
    throw new DemoError(`${reason} ${choice}`)
  }
  // Nobody has to know the admin port by heart: the guide prints it. Prometheus likes to sit on this one.
  const isAdminFree = port !== ADMIN_PORT && (await refusal(ADMIN_PORT)) === undefined
  return { public: port, admin: isAdminFree ? ADMIN_PORT : (await pickFreePorts()).admin }
}

/** Why a port cannot be had, in either address family: browsers may try both for `*.localhost`. */
async function refusal(port: number): Promise<string | undefined> {
  for (const host of ['127.0.0.1', '::1']) {
    try {
      await hold(port, host).then(release)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EADDRINUSE') return `Port ${port} is taken by another program.`
      if (code === 'EACCES') return `Port ${port} is not for everybody to use.`
      const hasNoIpv6 = code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
      if (!hasNoIpv6) throw error
    }
  }
  return undefined
}

// Held at the same time, so that they differ.
async function pickFreePorts(): Promise<Ports> {
  const held = [await holdAny(), await holdAny()] as const
  const ports = { public: held[0].port, admin: held[1].port }
  await Promise.all(held.map(release))
  return ports
}

// Below the range from which the kernel serves port 0 and outgoing connections, so nobody takes it in between.
const FIRST_PORT = 20_000
const LAST_PORT = 32_000

async function holdAny(): Promise<Held> {
  for (;;) {
    try {
      return await hold(randomInt(FIRST_PORT, LAST_PORT), '127.0.0.1')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    }
  }
}

interface Held {
  readonly port: number
  release(): Promise<void>
}

const release = (held: Held): Promise<void> => held.release()

async function hold(port: number, host: string): Promise<Held> {
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    port: address.port,
    async release() {
      await once(server.close(), 'close')
    },
  }
}
