import { readFileSync } from 'node:fs'
import { type Test, test } from 'tap'
import { DEFAULT_HEADERS } from '../../src/config/header-schema.js'
import { forwardAuthSettings } from '../fixtures/forward-auth.js'
import { startFrontProxy } from '../fixtures/front-proxy.js'
import { requireBinary } from '../fixtures/require-binary.js'
import { reservePort } from '../fixtures/reserve-port.js'
import { ALICE, signIn, startWorld, type World } from '../fixtures/world.js'

// Lines that every header of Doorward's needs: one that removes it from what the client sends, one that sets it.
const linesFor: { [file: string]: (name: string) => RegExp[] } = {
  'nginx.conf': (name) => [new RegExp(`proxy_set_header ${name} \\$doorward_`)],
  Caddyfile: (name) => [/request_header -X-Forwarded\*\n/, new RegExp(`copy_headers .*\\b${name}\\b`)],
  'traefik.yaml': (name) => [new RegExp(`\\b${name}: ""\\n`), new RegExp(`- ${name}\\n`)],
}

test('the configurations that ship pass on each of the default headers, and none of the client', async (t) => {
  for (const [file, lines] of Object.entries(linesFor)) {
    const text = readFileSync(`deploy/forward-auth/${file}`, 'utf8')
    for (const line of Object.keys(DEFAULT_HEADERS).flatMap(lines)) t.match(text, line, file)
  }
})

/** What people and attackers do at an app behind a proxy that asks Doorward. */
async function tryForwardAuth(t: Test, world: World): Promise<void> {
  const [stranger, alice] = [await world.client(), await world.client()]
  const last = () => world.upstream.requests.at(-1)
  const spoofed = {
    'X-Forwarded-User': 'root',
    x_forwarded_user: 'root',
    'X.Forwarded.User': 'root',
    'X-Forwarded_User': 'root',
    'X-Forwarded.User': 'root',
    'X_Forwarded-User': 'root',
  }
  const believed = {
    'X-Original-URL': '/admin',
    'X-Rewrite-URL': '/admin',
    'X-Forwarded-Prefix': '/admin',
    Forwarded: 'host=evil.example',
    'X-Real-IP': '192.0.2.1',
  }
  const lies = { 'X-Original-URI': '/healthz', 'X-Forwarded-Uri': '/healthz', 'X-Original-URL': '/healthz' }
  const users = () =>
    last()?.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 && /^x.forwarded.user$/i.test(name) ? [all[index + 1]] : [],
    )

  await t.test('a person signs in and comes back to the deep link', async (t) => {
    await signIn(alice, world.url('acme', '/deep/link?a=1&b=2'))
    t.equal(last()?.url, '/deep/link?a=1&b=2')
  })

  await t.test(
    'the app gets who it is, and neither cookies of Doorward nor the word of the client',
    async (t) => {
      const cookie = { cookie: 'mydoorward=2; doorward=x; theirs=1; doorward-tx-1=y' }
      await alice.xhr(world.url('acme', '/x'), { headers: { ...spoofed } })
      t.same(users(), [ALICE.sub])
      t.notMatch(last()?.headers.cookie ?? '', /doorward/)
      await stranger.xhr(world.url('acme', '/healthz'), { headers: { ...spoofed, ...cookie } })
      t.same(
        (users() ?? []).filter((user) => user !== ''),
        [],
        'not on public paths either',
      )
      t.equal(last()?.headers.cookie, 'mydoorward=2; theirs=1')
    },
  )

  await t.test('nothing else passes that only a proxy may say of a request', async (t) => {
    await stranger.xhr(world.url('acme', '/healthz'), { headers: believed })
    const passed = Object.values(last()?.headers ?? {}).join(' ')
    t.notMatch(passed, /admin|evil|192\.0\.2\.1/)
  })

  await t.test('what the rules refuse never reaches the app, whatever the client says', async (t) => {
    const before = world.upstream.requests.length
    for (const path of ['/vault/x', '/Vault/x', '/vault//x', '/%76ault/x']) {
      const response = await alice.xhr(world.url('acme', path), { headers: lies })
      t.ok([400, 403, 500].includes(response.status), `${path} ${response.status}`)
    }
    t.equal((await alice.xhr(world.url('acme', '/vault/x'))).status, 403)
    t.equal((await alice.xhr(world.url('acme', '/posts/1'), { method: 'POST' })).status, 403)
    t.equal((await stranger.xhr(world.url('acme', '/x'))).status, 401)
    t.ok(
      [401, 404].includes((await alice.xhr(world.url('acme', '/oauth2/auth'))).status),
      'nobody else may ask',
    )
    t.equal(world.upstream.requests.length, before)
  })

  await t.test('the app gets the bytes of the path that Doorward has judged', async (t) => {
    for (const path of ['/a%20b;v=1//c?x=http://y/z&%2F', '/%C3%BC', '/a//b/']) {
      t.equal((await alice.xhr(world.url('acme', path))).status, 200)
      t.equal(last()?.url, path)
    }
  })
}

const place = (text: string, places: { [from: string]: string }): string =>
  Object.entries(places).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`${from} is not in the configuration`)
    return result.replaceAll(from, to)
  }, text)

async function startBehind(t: Test): Promise<{ world: World; doorward: number }> {
  const doorward = await reservePort()
  return {
    world: await startWorld(t, { settings: forwardAuthSettings(['127.0.0.1']), listenOn: doorward }),
    doorward,
  }
}

test('nginx asks Doorward, with the configuration that ships', async (t) => {
  const nginx = requireBinary(t, 'nginx')
  if (nginx === undefined) return
  const { world, doorward } = await startBehind(t)
  const http = place(readFileSync('deploy/forward-auth/nginx.conf', 'utf8'), {
    '127.0.0.1:8080': `127.0.0.1:${doorward}`,
    '127.0.0.1:3000': `127.0.0.1:${world.upstream.port}`,
    'listen 80': `listen 127.0.0.1:${world.port}`,
    'acme.example.com': 'acme.localhost',
  })
  await startFrontProxy(t, {
    port: world.port,
    command: (file, folder) => [nginx, '-p', folder, '-c', file, '-e', 'stderr'],
    configuration: (folder) =>
      `daemon off; master_process off; error_log stderr; pid ${folder}/pid;\nevents {}\n` +
      `http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder};\n${http}}\n`,
  })
  await tryForwardAuth(t, world)
})

test('Caddy asks Doorward, with the configuration that ships', async (t) => {
  const caddy = requireBinary(t, 'caddy')
  if (caddy === undefined) return
  const { world, doorward } = await startBehind(t)
  const sites = place(readFileSync('deploy/forward-auth/Caddyfile', 'utf8'), {
    '127.0.0.1:8080': `127.0.0.1:${doorward}`,
    '127.0.0.1:3000': `127.0.0.1:${world.upstream.port}`,
    'acme.example.com': `http://acme.localhost:${world.port}`,
  })
  await startFrontProxy(t, {
    port: world.port,
    command: (file) => [caddy, 'run', '--adapter', 'caddyfile', '--config', file],
    configuration: () => `{\n\tadmin off\n}\n${sites}`,
  })
  await tryForwardAuth(t, world)
})
