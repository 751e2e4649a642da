import { openClientKey, openSecret } from './open-secret.js'
import { type Problem, problem, within } from './problems.js'
import type { TenantConfig } from './schema.js'
import { Secret } from './secret.js'
import type { TenantDraft } from './tenant-draft.js'

/** What a client authenticates with, and how. */
export type Credentials = Pick<TenantConfig, 'client_secret' | 'client_key' | 'token_endpoint_auth_method'>

/** Either the client's credentials or what is wrong with them. */
export interface ResolvedCredentials {
  readonly credentials?: Credentials
  readonly problems: readonly Problem[]
}

/** Opens the secrets or the key of a client, and judges whether they and the method belong together. */
export function resolveCredentials(draft: TenantDraft, env: NodeJS.ProcessEnv): ResolvedCredentials {
  const { parts, tree } = draft
  const secrets = openSecrets(draft, env)
  const key = openKey(draft, env)
  const problems = [
    ...[...secrets, key].filter((opened): opened is Problem => typeof opened === 'object' && 'at' in opened),
    ...(tree === undefined ? [] : contradictions(draft, tree)),
  ]
  const opened = secrets.filter((secret): secret is Secret => secret instanceof Secret)
  const usableKey = key === 'managed' || key instanceof Secret ? key : undefined
  if (problems.length > 0 || (opened.length === 0 && usableKey === undefined)) return { problems }
  const byDefault = usableKey === undefined ? 'client_secret_basic' : 'private_key_jwt'
  return {
    credentials: {
      client_secret: opened,
      client_key: usableKey,
      token_endpoint_auth_method: parts.token_endpoint_auth_method ?? byDefault,
    },
    problems,
  }
}

function openSecrets({ parts, place }: TenantDraft, env: NodeJS.ProcessEnv): (Secret | Problem)[] {
  const { client_secret: written } = parts
  if (written === undefined) return []
  const at = within(place, 'client_secret')
  if (!Array.isArray(written)) return [openSecret(written, at, env)]
  return written.map((source, index) => openSecret(source, within(at, index), env))
}

function openKey({ parts, place }: TenantDraft, env: NodeJS.ProcessEnv) {
  const { client_key: written } = parts
  if (written === undefined || written === 'managed') return written
  return openClientKey(written, within(place, 'client_key'), env)
}

/** Judged by what is written, whether or not it is right: each key has its own sentence for that. */
function contradictions({ parts, place }: TenantDraft, tree: Readonly<Record<string, unknown>>): Problem[] {
  const at = (key: string) => within(place, key)
  const hasSecret = tree.client_secret !== undefined
  const hasKey = tree.client_key !== undefined
  if (!hasSecret && !hasKey) return [problem(at('client_secret'), 'is required where there is no client_key')]
  if (hasSecret && hasKey) {
    return [problem(at('client_key'), 'must not stand beside client_secret; a client has one or the other')]
  }
  const method = parts.token_endpoint_auth_method
  if (method === undefined || (method === 'private_key_jwt') === hasKey) return []
  const sentence = hasKey
    ? 'must be private_key_jwt with a client_key; leave it out'
    : 'private_key_jwt needs a client_key in place of client_secret'
  return [problem(at('token_endpoint_auth_method'), sentence)]
}
