import { randomBytes, randomInt } from 'node:crypto'
import { test } from 'tap'
import { createSealer, decodeBase64url, fingerprint, type Purpose } from '../src/sealer.js'

const [oldKey, newKey, otherKey] = [randomBytes(32), randomBytes(32), randomBytes(32)]
const secret = randomBytes(32)
const sealing = { purpose: 'session', context: ['acme', 'id-1'], secret } as const
const sealer = createSealer([newKey, oldKey])

test('what was sealed opens again, byte for byte', async (t) => {
  for (const text of ['', 'x', '{"a":1}', 'Zoë 😀\u0000\r\n', 'x'.repeat(100_000)]) {
    t.equal(sealer.open(sealer.seal(text, sealing), sealing), text)
  }
  t.not(sealer.seal('same', sealing), sealer.seal('same', sealing), 'a nonce is never used twice')
  t.match(sealer.seal('{"sub":"alice"}', sealing), /^[\w-]+$/, 'it can stand in a cookie as it is')
})

test('the first key of the ring seals, every key opens, and an unknown one opens nothing', async (t) => {
  const sealedByOld = createSealer([oldKey]).seal('text', sealing)
  const sealedByRing = sealer.seal('text', sealing)
  t.equal(sealer.open(sealedByOld, sealing), 'text')
  t.equal(createSealer([newKey]).open(sealedByRing, sealing), 'text')
  t.equal(createSealer([oldKey]).open(sealedByRing, sealing), undefined)
  t.equal(createSealer([otherKey]).open(sealedByOld, sealing), undefined)
  t.throws(() => createSealer([]), TypeError)
})

test('what an older key has sealed is told from what the first one has', async (t) => {
  t.equal(sealer.isCurrent(sealer.seal('text', sealing)), true)
  t.equal(sealer.isCurrent(createSealer([newKey]).seal('text', sealing)), true)
  t.equal(sealer.isCurrent(createSealer([oldKey]).seal('text', sealing)), false)
  t.equal(sealer.isCurrent(''), false)
})

test('another purpose, context or secret opens nothing', async (t) => {
  const sealed = sealer.seal('text', sealing)
  const wrong = {
    'another purpose': { ...sealing, purpose: 'transaction' as Purpose },
    'another tenant': { ...sealing, context: ['globex', 'id-1'] },
    'another id': { ...sealing, context: ['acme', 'id-2'] },
    'a context joined': { ...sealing, context: ['acme,id-1'] },
    'a context quoted': { ...sealing, context: ['acme","id-1'] },
    'a context in another order': { ...sealing, context: ['id-1', 'acme'] },
    'a context cut short': { ...sealing, context: ['acme'] },
    'a context and more': { ...sealing, context: ['acme', 'id-1', ''] },
    'no context': { ...sealing, context: [] },
    'the purpose as context': { ...sealing, context: ['session', 'acme', 'id-1'] },
    'another secret': { ...sealing, secret: randomBytes(32) },
    'an empty secret': { ...sealing, secret: Buffer.alloc(0) },
    'no secret': { purpose: sealing.purpose, context: sealing.context },
  }
  for (const [name, other] of Object.entries(wrong)) t.equal(sealer.open(sealed, other), undefined, name)
})

const mutations: Record<string, (bytes: Buffer) => Buffer> = {
  'a flipped bit': (bytes) => {
    const at = randomInt(bytes.length)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << randomInt(8)), at)
    return bytes
  },
  'a changed byte': (bytes) => {
    const at = randomInt(bytes.length)
    bytes.writeUInt8((bytes.readUInt8(at) + randomInt(1, 256)) % 256, at)
    return bytes
  },
  'a cut end': (bytes) => bytes.subarray(0, randomInt(bytes.length)),
  'a cut beginning': (bytes) => bytes.subarray(randomInt(1, bytes.length)),
  'more at the end': (bytes) => Buffer.concat([bytes, randomBytes(randomInt(1, 20))]),
  'more at the beginning': (bytes) => Buffer.concat([randomBytes(randomInt(1, 20)), bytes]),
  'a removed byte': (bytes) => {
    const at = randomInt(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
  },
  'nothing but noise': () => randomBytes(randomInt(200)),
  'a known key id before noise': (bytes) => Buffer.concat([bytes.subarray(0, 5), randomBytes(randomInt(80))]),
}

test('thousands of mutations of a sealed text open nothing and never throw', async (t) => {
  const sealed = Buffer.from(sealer.seal('{"sub":"alice"}', sealing), 'base64url')
  for (const [name, mutate] of Object.entries(mutations)) {
    const opened = Array.from({ length: 500 }, () => mutate(Buffer.from(sealed)))
      .filter((bytes) => !bytes.equals(sealed))
      .filter((bytes) => sealer.open(bytes.toString('base64url'), sealing) !== undefined)
    t.same(opened, [], name)
  }
  const garbage = ['', '.', '=', 'A', '\u0000', '😀', ' '.repeat(100), 'A'.repeat(44), 'A'.repeat(1e6), 'é']
  for (const text of garbage) t.equal(sealer.open(text, sealing), undefined)
})

test('a sealed text has one spelling', async (t) => {
  // 35 bytes: the last character carries two bits that decode to nothing.
  const sealed = sealer.seal('ab', sealing)
  t.equal(sealed.length % 4, 3)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(sealed.at(-1) ?? '')
  const respelled = [1, 2, 3].map((bits) => sealed.slice(0, -1) + alphabet[last ^ bits])
  const spellings = [...respelled, `${sealed}=`, `${sealed}==`, ` ${sealed}`, `${sealed}\n`, `${sealed}.x`]
  for (const spelling of spellings) t.equal(sealer.open(spelling, sealing), undefined)
  t.same(decodeBase64url('-_-_'), Buffer.from([0xfb, 0xff, 0xbf]))
  for (const text of ['+/+/', '-_+/', '-_-_=', 'QQ==', 'QR', '-_ -_', 'A'])
    t.equal(decodeBase64url(text), undefined)
})

test('other keys take the place of those before, which are needed no more only when nothing is sealed with them', async (t) => {
  const [first, second] = [randomBytes(32), randomBytes(32)]
  const changing = createSealer([first])
  const sealed = changing.seal('text', sealing)
  changing.replaceKeys([second, first])
  t.equal(changing.open(sealed, sealing), 'text')
  t.notOk(changing.isCurrent(sealed))
  t.equal(createSealer([second]).open(changing.seal('more', sealing), sealing), 'more')
  t.throws(() => changing.replaceKeys([]), TypeError)
  changing.replaceKeys([second])
  t.equal(changing.open(sealed, sealing), undefined)
})

test('a fingerprint is stable, short, and says nothing of the id', async (t) => {
  const id = randomBytes(16).toString('base64url')
  t.equal(fingerprint(id), fingerprint(id))
  t.match(fingerprint(id), /^[0-9a-f]{16}$/)
  t.not(fingerprint(id), fingerprint(`${id}x`))
  t.notOk(fingerprint(id).includes(Buffer.from(id, 'base64url').toString('hex').slice(0, 8)))
})
