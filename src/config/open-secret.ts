import { resolve } from 'node:path'
import { parseClientKey } from './client-key.js'
import { Refusal } from './fields.js'
import { fileSentence } from './file-sentence.js'
import { readVariable } from './interpolate.js'
import { noCertificates, noPrivateKey } from './pem.js'
import { type Place, type Problem, problem } from './problems.js'
import { Secret } from './secret.js'
import type { SecretSource } from './secret-schema.js'

/** What is wrong with a value, as a sentence that never repeats it; `undefined` for one that may be used. */
type Objection = (value: string) => string | undefined

const blank: Objection = (value) => (value.trim() === '' ? 'must not be empty' : undefined)

/** 32 bytes in either alphabet of RFC 4648. */
const noSessionKey: Objection = (value) =>
  /^([A-Za-z0-9+/]{43}|[A-Za-z0-9_-]{43})=?$/.test(value)
    ? undefined
    : 'must be 32 bytes in base64; make one with `doorward keygen`'

function noClientKey(value: string): string | undefined {
  const parsed = parseClientKey(value)
  return parsed instanceof Refusal ? parsed.sentence : undefined
}

/** Opens a client secret or the like. */
export function openSecret(source: SecretSource, place: Place, env: NodeJS.ProcessEnv): Secret | Problem {
  return open(source, place, env, blank)
}

/** Opens a session key. */
export function openSessionKey(source: SecretSource, place: Place, env: NodeJS.ProcessEnv): Secret | Problem {
  return open(source, place, env, noSessionKey)
}

/** Opens the private key of a client, which `parseClientKey` reads. */
export function openClientKey(source: SecretSource, place: Place, env: NodeJS.ProcessEnv): Secret | Problem {
  return open(source, place, env, noClientKey)
}

/** Opens a file of certificates, PEM. */
export function openCertificates(path: string, place: Place): Secret | Problem {
  return open({ from: 'file', path }, place, {}, noCertificates)
}

/** Opens the private key of a certificate, PEM. */
export function openPrivateKey(source: SecretSource, place: Place, env: NodeJS.ProcessEnv): Secret | Problem {
  return open(source, place, env, noPrivateKey)
}

function open(
  source: SecretSource,
  place: Place,
  env: NodeJS.ProcessEnv,
  objection: Objection,
): Secret | Problem {
  if (source.from === 'text') return judge(Secret.of(source.text), '', place, objection)
  if (source.from === 'env') {
    const value = readVariable(env, source.name)
    const origin = `environment variable ${source.name} `
    return value === undefined
      ? problem(place, `${origin}is not set`)
      : judge(Secret.of(value), origin, place, objection)
  }
  const path = resolve(place.directory, source.path)
  try {
    return judge(
      Secret.fromFile(path, (value) => objection(value) === undefined),
      `file ${path} `,
      place,
      objection,
    )
  } catch (error) {
    return problem(place, `file ${path} ${fileSentence(error)}`)
  }
}

/** `origin` starts the sentence, so that the operator looks at the right file. */
function judge(secret: Secret, origin: string, place: Place, objection: Objection): Secret | Problem {
  const value = secret.reveal()
  const sentence = blank(value) ?? objection(value)
  return sentence === undefined ? secret : problem(place, `${origin}${sentence}`)
}
