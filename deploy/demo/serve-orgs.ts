import { startOrgs } from './orgs.js'
import { startRelay } from './relay.js'
import { until } from './signal.js'
import { tenantsAt } from './tenants.js'

const portOf = (name: string): number => {
  const port = Number(process.env[name])
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`${name} must be a port`)
  return port
}

// First of all: process 1 of a container is not ended by a signal that it does not handle.
const stopped = until('SIGTERM', 'SIGINT')
// The demo's two orgs as a container of their own; all ports are said in docker-compose.demo.yml.
const ports = { acme: portOf('ACME_PORT'), globex: portOf('GLOBEX_PORT') }
const orgs = await startOrgs(tenantsAt(portOf('DOORWARD_PORT')), ports)
const relays = [
  await startRelay(portOf('ACME_OUTSIDE_PORT'), ports.acme),
  await startRelay(portOf('GLOBEX_OUTSIDE_PORT'), ports.globex),
]
process.stdout.write(`The demo's orgs are ${orgs.acme.issuer} and ${orgs.globex.issuer}\n`)
await stopped
for (const relay of relays) relay.close()
await Promise.all([orgs.acme.stop(), orgs.globex.stop()])
