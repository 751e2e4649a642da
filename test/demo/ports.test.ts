import { test } from 'tap'
import { choosePorts } from '../../deploy/demo/ports.js'

test('DEMO_PORT=0 picks two free ports', async (t) => {
  const ports = await choosePorts('0')
  t.ok(ports.public > 0 && ports.admin > 0)
  t.not(ports.public, ports.admin)
})

test('a free DEMO_PORT is taken as it is', async (t) => {
  const free = (await choosePorts('0')).public
  t.equal((await choosePorts(String(free))).public, free)
})

for (const wish of ['eighty', '-1', '80.5', '65536']) {
  test(`DEMO_PORT=${wish} is refused`, async (t) => {
    const message = `DEMO_PORT must be a port from 1 to 65535, or 0 for any free one; it is "${wish}".`
    await t.rejects(choosePorts(wish), { message })
  })
}
