import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import type { Listen } from '../src/config/listen.js'
import { listenFailure } from '../src/listen-failure.js'

const failure = (code: string) => Object.assign(new Error('listen failed'), { code })

/** What the system says of an address that cannot be listened at. */
async function refusal(address: Listen): Promise<unknown> {
  const server = createServer()
  return new Promise((resolve) => {
    server.on('error', resolve).listen(address, () => server.close(() => resolve(undefined)))
  })
}

test('an address that cannot be had is told with its option, and with what to do', async (t) => {
  const rows: readonly (readonly [code: string, Listen, sentence: string])[] = [
    ['EACCES', { host: '::', port: 80 }, 'port 80 needs a privilege; say one above 1023, or'],
    ['EADDRINUSE', { host: '::1', port: 8080 }, '[::1]:8080 is in use by another program; end that one'],
    ['EADDRNOTAVAIL', { host: '192.0.2.1', port: 1 }, 'this machine does not have the address 192.0.2.1;'],
    ['EAI_AGAIN', { host: 'a', port: 1 }, 'this machine does not know the name a; say an address'],
    ['EMFILE', { host: 'a', port: 1 }, 'cannot listen at a:1 (EMFILE)'],
    ['EROFS', { path: '/a/b' }, 'the directory of /a/b must exist, and Doorward be allowed to write in it'],
    ['EMFILE', { path: '/a/b' }, 'cannot listen at /a/b (EMFILE)'],
  ]
  for (const [code, address, sentence] of rows) {
    const told = listenFailure(failure(code), address, 'server.listen')
    t.ok(told.startsWith(`server.listen: ${sentence}`), told)
    t.ok(told.endsWith(` (${code})`), told)
  }
  t.equal(listenFailure('odd', { path: '/a' }, 'admin.listen'), 'admin.listen: cannot listen at /a (odd)')
})

test('what this system says of such an address has its sentence', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'doorward-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'file')
  writeFileSync(file, '')
  for (const [address, sentence] of [
    [{ path: file }, /^server.listen: something is at \S+\/file already; .* remove the file/],
    [{ path: join(directory, 'none', 'a') }, /^server.listen: the directory of \S+\/none\/a must exist/],
    [{ path: join(file, 'a') }, /^server.listen: the directory of \S+\/file\/a must exist/],
  ] as const) {
    t.match(listenFailure(await refusal(address), address, 'server.listen'), sentence)
  }
})
