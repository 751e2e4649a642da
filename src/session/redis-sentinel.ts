import { createClient, type RedisClientType } from '@keyv/redis'
import type { RedisLocation, RedisNode } from '../config/redis-url.js'
import { Lifeline } from './redis-lifeline.js'
import type { OpenLink, RedisLink } from './redis-link.js'
import { nodeOptions, openNode } from './redis-node.js'

/** Milliseconds for a sentinel's answer; all are asked at once. */
const SENTINEL_BOUND = 1000
/**
 * Milliseconds between two looks at whom the sentinels name. A master that was away for a moment while another was
 * made comes back as one, and takes for seconds what will be thrown away.
 */
const LOOK_INTERVAL = 2000

/** Opens the link to the master that the sentinels name and that says itself that it is one. */
export function openSentinels(location: RedisLocation): OpenLink {
  return async (onInvalidate, closing) => {
    let failure: unknown
    for (const master of await askMasters(location, closing)) {
      try {
        const link = await openNode(master, { location, probe: checkRole }, onInvalidate, closing)
        followSentinels(link, master, location, closing)
        return link
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }
}

async function checkRole(client: RedisClientType): Promise<void> {
  const [role] = await client.sendCommand<[string]>(['ROLE'])
  if (role !== 'master') throw new Error(`the server is not the master any more but its ${role}`)
}

function followSentinels(
  link: RedisLink,
  master: RedisNode,
  location: RedisLocation,
  closing: AbortSignal,
): void {
  const timer = setInterval(async () => {
    const [named] = await askMasters(location, closing).catch(() => [])
    if (named !== undefined && nameOf(named) !== nameOf(master)) {
      link.fail(new Error('the sentinels name another master'))
    }
  }, LOOK_INTERVAL)
  link.lost.then(() => clearInterval(timer))
}

/** Whom the sentinels take for the master, the one that most of them name first; rejects when none knows. */
async function askMasters(location: RedisLocation, closing: AbortSignal): Promise<RedisNode[]> {
  const answers = await Promise.allSettled(
    location.nodes.map((sentinel) => askMaster(sentinel, location, closing)),
  )
  const votes = new Map<string, { master: RedisNode; count: number }>()
  for (const answer of answers) {
    if (answer.status === 'rejected') continue
    const { value: master } = answer
    votes.set(nameOf(master), { master, count: (votes.get(nameOf(master))?.count ?? 0) + 1 })
  }
  const [refused] = answers.filter((answer) => answer.status === 'rejected')
  if (votes.size === 0) throw new Error(`no sentinel names a master: ${refused?.reason}`)
  return [...votes.values()].sort((one, other) => other.count - one.count).map(({ master }) => master)
}

async function askMaster(
  sentinel: RedisNode,
  { sentinel: credentials, tls, service }: RedisLocation,
  closing: AbortSignal,
): Promise<RedisNode> {
  const lifeline = new Lifeline()
  const options = nodeOptions({ ...credentials, tls }, lifeline.signal)
  const client = createClient({ ...options, socket: { ...options.socket, ...sentinel } })
  // It comes again as the rejection.
  client.on('error', () => undefined)
  const asking = client
    .connect()
    .then(() => client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', service]))
  try {
    const answer = (await lifeline.within(asking, SENTINEL_BOUND, closing)) as unknown as
      | [string, string]
      | null
    if (answer === null) throw new Error('the service is unknown to it')
    return { host: answer[0], port: Number(answer[1]) }
  } finally {
    lifeline.cut()
  }
}

const nameOf = ({ host, port }: RedisNode): string => `${host} ${port}`
