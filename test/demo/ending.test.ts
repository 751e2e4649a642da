import { existsSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { test } from 'tap'
import { listen } from '../fixtures/listen.js'
import { type RunningDemo, startDemo } from './start-demo.js'

/** The first group of the first match in what the demo has printed. */
function find(demo: RunningDemo, pattern: RegExp): string {
  return pattern.exec(demo.output)?.[1] ?? `nothing like ${pattern}`
}

function isOpen(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal}, and impatience, end the demo cleanly and leave nothing behind`, async (t) => {
    const demo = startDemo(t)
    await demo.line(/Doorward's log follows/)
    const configuration = find(demo, /^ +Configuration +(.+)$/m)
    const health = find(demo, /^ +Health +curl (.+)$/m)
    const urls = [health, find(demo, /(http:\/\/acme\.localhost:\d+)/)]
    t.equal((await fetch(health)).status, 200, 'healthy, as the guide says')
    t.ok(existsSync(configuration))
    t.same(await Promise.all(urls.map(isOpen)), [true, true])

    t.same(await Promise.all([demo.end(signal), demo.end(signal)]), [0, 0])
    t.match(demo.output, /doorward .* stopped$/m, 'Doorward was asked and has answered')
    t.same(await Promise.all(urls.map(isOpen)), [false, false])
    t.notOk(existsSync(configuration))
  })
}

test('Ctrl-C while the demo starts ends it as well', async (t) => {
  const demo = startDemo(t)
  await demo.line(/^Starting/)
  t.equal(await demo.end('SIGINT'), 0)
  t.notMatch(demo.output, /What to try/)
})

test('when Doorward dies, the demo says so and fails', async (t) => {
  const demo = startDemo(t)
  await demo.line(/Doorward's log follows/)
  process.kill(Number(find(demo, /^ +Doorward .* process (\d+)$/m)), 'SIGKILL')
  t.equal(await demo.end(), 1)
  t.match(demo.output, /^Doorward has ended by itself \(SIGKILL\); the demo ends with it\.$/m)
})

test('a port that is taken is named, with how to choose another', async (t) => {
  const server = createServer()
  const port = await listen(server)
  t.teardown(() => server.close())
  const demo = startDemo(t, String(port))
  t.equal(await demo.end(), 1)
  t.equal(
    demo.output,
    `Port ${port} is taken by another program. Choose another, such as DEMO_PORT=8181 npm run demo, or DEMO_PORT=0 for any free one.`,
  )
})
