import { resolve } from 'node:path'
import { fileSentence } from './file-sentence.js'
import { readVariable } from './interpolate.js'
import { type Place, type Problem, problem } from './problems.js'
import { Secret } from './secret.js'
import type { SecretSource } from './secret-schema.js'

/** What a secret must look like, and the sentence for one that does not. */
interface Form {
  readonly fits: (value: string) => boolean
  readonly sentence: string
}

const NOT_EMPTY: Form = { fits: (value) => value.trim() !== '', sentence: 'must not be empty' }

/** 32 bytes in either alphabet of RFC 4648. */
const SESSION_KEY: Form = {
  fits: (value) => /^([A-Za-z0-9+/]{43}|[A-Za-z0-9_-]{43})=?$/.test(value),
  sentence: 'must be 32 bytes in base64; make one with `doorward keygen`',
}

/** Opens a client secret or the like. */
export function openSecret(source: SecretSource, place: Place, env: NodeJS.ProcessEnv): Secret | Problem {
  return open(source, place, env, NOT_EMPTY)
}

/** Opens a session key. */
export function openSessionKey(source: SecretSource, place: Place, env: NodeJS.ProcessEnv): Secret | Problem {
  return open(source, place, env, SESSION_KEY)
}

function open(source: SecretSource, place: Place, env: NodeJS.ProcessEnv, form: Form): Secret | Problem {
  if (source.from === 'text') return judge(Secret.of(source.text), '', place, form)
  if (source.from === 'env') {
    const value = readVariable(env, source.name)
    const origin = `environment variable ${source.name} `
    return value === undefined
      ? problem(place, `${origin}is not set`)
      : judge(Secret.of(value), origin, place, form)
  }
  const path = resolve(place.directory, source.path)
  try {
    return judge(Secret.fromFile(path, form.fits), `file ${path} `, place, form)
  } catch (error) {
    return problem(place, `file ${path} ${fileSentence(error)}`)
  }
}

/** `origin` starts the sentence, so that the operator looks at the right file. */
function judge(secret: Secret, origin: string, place: Place, form: Form): Secret | Problem {
  const value = secret.reveal()
  const unfit = [NOT_EMPTY, form].find(({ fits }) => !fits(value))
  return unfit ? problem(place, `${origin}${unfit.sentence}`) : secret
}
