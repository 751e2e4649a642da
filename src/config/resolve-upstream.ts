import { openCertificates, openPrivateKey } from './open-secret.js'
import { fitTogether } from './pem.js'
import { type Place, type Problem, problem, within } from './problems.js'
import { Secret } from './secret.js'
import type { WrittenUpstream } from './upstream-schema.js'

/** Trust and client certificate towards an upstream; the files are followed when they change. */
export interface UpstreamTls {
  /** In place of the system's authorities. */
  readonly ca?: Secret
  /** The client certificate with its chain; never without `key`. */
  readonly cert?: Secret
  readonly key?: Secret
  /** In place of the URL's hostname. */
  readonly server_name?: string
}

/** The app behind a tenant or a rule, and how to talk to it; durations in milliseconds. */
export interface Upstream {
  /** `http(s)://host[:port]`, or `unix:/path`. */
  readonly url: string
  readonly host: 'preserve' | 'rewrite'
  readonly connect_timeout: number
  readonly response_timeout: number
  readonly idle_timeout: number
  readonly tls?: UpstreamTls
}

/** Either the upstream or what is wrong with it. */
export interface ResolvedUpstream {
  readonly upstream?: Upstream
  readonly problems: readonly Problem[]
}

/** Opens the files of an upstream, and judges what none of its keys can tell alone. */
export function resolveUpstream(
  written: WrittenUpstream,
  place: Place,
  env: NodeJS.ProcessEnv,
): ResolvedUpstream {
  const { tls, ...plain } = written
  if (tls === undefined) return { upstream: plain, problems: [] }
  const at = (key: string) => within(place, 'tls', key)
  const opened = {
    ca: tls.ca === undefined ? undefined : openCertificates(tls.ca, at('ca')),
    cert: tls.cert === undefined ? undefined : openCertificates(tls.cert, at('cert')),
    key: tls.key === undefined ? undefined : openPrivateKey(tls.key, at('key'), env),
  }
  const problems = [
    ...Object.values(opened).filter((part): part is Problem => part !== undefined && 'at' in part),
    ...contradictions(written, place),
  ]
  const [ca, cert, key] = [usable(opened.ca), usable(opened.cert), usable(opened.key)]
  if (cert && key && !fitTogether(cert.reveal(), key.reveal())) {
    problems.push(problem(at('key'), 'does not belong to the certificate in cert'))
  }
  if (problems.length > 0) return { problems }
  const { server_name } = tls
  return {
    upstream: {
      ...plain,
      tls: {
        ...(ca && { ca }),
        ...(cert && { cert }),
        ...(key && { key }),
        ...(server_name && { server_name }),
      },
    },
    problems,
  }
}

const usable = (part: Secret | Problem | undefined) => (part instanceof Secret ? part : undefined)

function contradictions({ url, tls }: WrittenUpstream, place: Place): Problem[] {
  const at = within(place, 'tls')
  if (!url.startsWith('https:')) return [problem(at, 'needs a url that starts with https://')]
  if (tls?.cert !== undefined && tls.key === undefined) {
    return [problem(within(at, 'key'), 'is required beside cert')]
  }
  if (tls?.key !== undefined && tls.cert === undefined) {
    return [problem(within(at, 'cert'), 'is required beside key')]
  }
  return []
}
