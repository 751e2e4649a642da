import { until } from './signal.js'
import { startDemoApp } from './upstream.js'

// First of all: process 1 of a container is not ended by a signal that it does not handle.
const stopped = until('SIGTERM', 'SIGINT')
// The demo's app as a container of its own: who may reach it is decided by the networks of docker-compose.yml.
const app = await startDemoApp(Number(process.env.PORT ?? '3000'), '0.0.0.0')
process.stdout.write(`The demo's app listens at ${app.url}\n`)
await stopped
await app.close()
