import { copyFileSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import type { UpstreamTls } from '../../src/config/resolve-upstream.js'
import { Secret } from '../../src/config/secret.js'
import { Connection } from '../../src/gate/connection.js'
import { createConnector } from '../../src/gate/upstream-connector.js'
import { UpstreamPool } from '../../src/gate/upstream-pool.js'
import { OK, startScript } from '../fixtures/scripted-upstream.js'
import { ask, openConnections, upstreamAt } from './ask-upstream.js'

const file = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const text = (name: string) => readFileSync(file(name), 'utf8')
const SERVER = { key: text('server-key.pem'), cert: text('server.pem') }
const CA = Secret.of(text('ca.pem'))
// So that each request shows how a new connection is made.
const CLOSING_OK = OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
const answer = (socket: Socket) => socket.write(CLOSING_OK)

test("an https upstream is verified for its own name, whatever the request's Host says", async (t) => {
  const upstream = await startScript(t, answer, { tls: SERVER })
  const connections = openConnections(t)
  const byName = upstream.url.replace('127.0.0.1', 'localhost')
  const named = (index: number) => (upstream.sockets[index] as TLSSocket).servername
  const cases: [url: string, tls: UpstreamTls, sni: string | false][] = [
    [upstream.url, { ca: CA }, false],
    [byName, { ca: CA }, 'localhost'],
    [upstream.url, { ca: CA, server_name: 'localhost' }, 'localhost'],
  ]
  for (const [index, [url, tls, sni]] of cases.entries()) {
    t.match(await ask(connections, upstreamAt(url, { tls }), { host: 'app.internal' }), { text: 'ok' })
    t.equal(named(index), sni)
    t.match(upstream.heads[index], /^host: app\.internal$/im)
  }
})

test('an https upstream that cannot prove its name gets no request', async (t) => {
  const upstream = await startScript(t, answer, { tls: SERVER })
  const connections = openConnections(t)
  const cases: [tls: UpstreamTls | undefined, code: RegExp][] = [
    // The system's authorities do not know it.
    [undefined, /UNABLE_TO/],
    [{}, /UNABLE_TO/],
    [{ ca: Secret.of(text('other-ca.pem')) }, /UNABLE_TO/],
    [{ ca: CA, server_name: 'app.internal' }, /ERR_TLS_CERT_ALTNAME_INVALID/],
  ]
  for (const [tls, code] of cases) {
    // The certificate is for the name in Host, which proves nothing.
    const asked = ask(connections, upstreamAt(upstream.url, tls && { tls }), { host: 'localhost' })
    await t.rejects(asked, { code })
  }
  t.same(upstream.heads, [])
})

// One was kept for each request, for as long as the certificate was wrong.
test('a connection that does not come about is not kept', async (t) => {
  const upstream = await startScript(t, answer, { tls: SERVER })
  for (const tls of [{ ca: CA, server_name: 'app.internal' }, {}]) {
    const connect = createConnector(upstreamAt(upstream.url, { tls }))
    const connection = new Connection(upstream.url, { connect })
    const pool = new UpstreamPool(() => connection)
    const call = { path: '/', method: 'GET', servername: 'upstream' }
    await new Promise((resolve) => {
      pool.dispatch(call, () => ({
        onRequestStart() {},
        onResponseError: (_controller, error) => resolve(error),
      }))
    })
    await pool.destroy()
    t.notOk(connection.destroyed, 'the pool does not know it any more')
  }
})

test('a client certificate is shown, and its files are followed once they fit together', async (t) => {
  const tls = {
    ...SERVER,
    ca: [text('ca.pem'), text('client.pem')],
    requestCert: true,
    rejectUnauthorized: true,
  }
  const subjects: unknown[] = []
  const look = (socket: Socket) => {
    subjects.push((socket as TLSSocket).getPeerCertificate().subject.CN)
    answer(socket)
  }
  const upstream = await startScript(t, look, { tls })
  const connections = openConnections(t)
  await t.rejects(ask(connections, upstreamAt(upstream.url, { tls: { ca: CA } })))
  const directory = t.testdir()
  const [certFile, keyFile] = [join(directory, 'cert.pem'), join(directory, 'key.pem')]
  copyFileSync(file('server.pem'), certFile)
  copyFileSync(file('server-key.pem'), keyFile)
  const credentials = { ca: CA, cert: Secret.fromFile(certFile), key: Secret.fromFile(keyFile) }
  const mutual = upstreamAt(upstream.url, { tls: credentials })
  const shown = async () => {
    await ask(connections, mutual)
    return subjects.at(-1)
  }
  t.equal(await shown(), 'localhost')
  copyFileSync(file('client-key.pem'), keyFile)
  t.equal(await shown(), 'localhost', 'half of the pair is new')
  copyFileSync(file('client.pem'), certFile)
  t.equal(await shown(), 'doorward-client')
})

test('a Unix socket is an upstream like any other', async (t) => {
  const upstream = await startScript(t, answer, { unix: true })
  const connections = openConnections(t)
  t.match(await ask(connections, upstreamAt(upstream.url)), { status: 200, text: 'ok' })
  t.match(upstream.heads[0], /^host: acme\.localhost$/im)
  await t.rejects(ask(connections, upstreamAt('unix:/nobody/listens.sock')), { code: 'ENOENT' })
})

test('an upstream with which no connection comes about is given up after connect_timeout', async (t) => {
  // It accepts, and never says a word of TLS.
  const upstream = await startScript(t, answer)
  const silent = upstreamAt(upstream.url.replace('http:', 'https:'), { connect_timeout: 500 })
  await t.rejects(ask(openConnections(t), silent), { code: 'UND_ERR_CONNECT_TIMEOUT' })
})
