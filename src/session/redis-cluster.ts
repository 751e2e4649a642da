import { createCluster, type RedisClientType, type RedisClusterType } from '@keyv/redis'
import type { RedisLocation, RedisNode } from '../config/redis-url.js'
import { Lifeline } from './redis-lifeline.js'
import { type OnInvalidate, type OpenLink, type RedisLink, watchInvalidations } from './redis-link.js'
import { CLASS, nodeOptions, OPENING_BOUND } from './redis-node.js'

type Master = RedisClusterType['masters'][number]

/** Opens the link to all masters of a cluster, as the first node tells that answers. */
export function openCluster(location: RedisLocation): OpenLink {
  let roots = location.nodes
  return async (onInvalidate, closing) => {
    const link = new ClusterLink(roots, location, onInvalidate)
    await link.open(closing)
    // The configured ones may be the ones that go.
    roots = distinct([...location.nodes, ...link.masters()])
    return link
  }
}

function distinct(nodes: readonly RedisNode[]): RedisNode[] {
  return [...new Map(nodes.map((node) => [`${node.host} ${node.port}`, node])).values()]
}

/** The link to a cluster as one of the `roots` describes it; it serves what it reaches also when it has lost a part. */
class ClusterLink implements RedisLink {
  readonly commands: RedisClientType
  readonly lost: Promise<Error>
  readonly #lifeline = new Lifeline()
  readonly #cluster: RedisClusterType
  /** Those that have not answered yet. */
  readonly #asked = new Set<Master>()
  #lose: (error: Error) => void = () => undefined

  constructor(roots: readonly RedisNode[], location: RedisLocation, onInvalidate: OnInvalidate) {
    const defaults = { ...nodeOptions(location, this.#lifeline.signal), emitInvalidate: true }
    this.#cluster = createCluster({
      ...CLASS,
      rootNodes: roots.map((root) => ({ socket: { ...root } })),
      defaults,
    }) as unknown as RedisClusterType
    this.commands = this.#cluster as unknown as RedisClientType
    this.lost = new Promise((resolve) => {
      this.#lose = resolve
    })
    const watched = new WeakSet<object>()
    this.#cluster
      // Of a node that was asked for the others; who asked has it as the rejection.
      .on('error', () => undefined)
      .on('node-error', (error: Error) => this.#lose(error))
      // Also when the cluster has found by a redirection that a node has no slots any more.
      .on('node-disconnect', () => onInvalidate(undefined))
      // Also of nodes that it finds by a redirection, before any command is sent to them.
      .on('node-ready', () => {
        for (const { client } of this.#cluster.masters) {
          if (client === undefined || watched.has(client)) continue
          watched.add(client)
          watchInvalidations(client as RedisClientType, onInvalidate)
        }
      })
  }

  /** Resolves when the masters that can be reached are connected; rejects when there is none. */
  async open(closing: AbortSignal): Promise<void> {
    const failure = await this.#lifeline.wait(this.#connect(), OPENING_BOUND, closing).then(
      () => undefined,
      (error: Error) => error,
    )
    const coverage = this.coverage()
    if (coverage < 1) this.#lose(failure ?? new Error('the cluster does not serve every slot'))
    if (coverage > 0 && !closing.aborted) return
    this.close()
    throw failure ?? new Error('the cluster serves no slot')
  }

  async #connect(): Promise<void> {
    // It rejects as soon as one master cannot be reached, with the others connecting still.
    const failure = await this.#cluster.connect().then(
      () => undefined,
      (error: Error) => error,
    )
    await this.probe()
    if (failure !== undefined) throw failure
  }

  /** The masters that it knows, there or not. */
  masters(): RedisNode[] {
    return this.#cluster.masters.map(({ host, port }) => ({ host, port }))
  }

  coverage(): number {
    const { slots } = this.#cluster
    return slots.filter((slot) => slot?.master.client?.isReady).length / slots.length
  }

  async ping(): Promise<unknown> {
    return Promise.any(this.#cluster.masters.map(async (master) => (await this.#clientOf(master)).ping()))
  }

  async probe(): Promise<void> {
    const answers = await Promise.allSettled(this.#cluster.masters.map((master) => this.#ask(master)))
    const failed = answers.find((answer) => answer.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  async #ask(master: Master): Promise<void> {
    this.#asked.add(master)
    try {
      await (await this.#clientOf(master)).ping()
    } catch (error) {
      // A node that has no slots any more may go.
      if (!this.#cluster.masters.includes(master)) return
      giveUp(master)
      throw error
    } finally {
      this.#asked.delete(master)
    }
  }

  /** Who has not answered is out, so that what is sent to it fails at once. */
  fail(error: Error): void {
    for (const master of this.#asked) giveUp(master)
    this.#lose(error)
  }

  close(): void {
    this.#lifeline.cut()
    this.#lose(new Error('closed'))
  }

  #clientOf(master: Master): Promise<RedisClientType> {
    return this.#cluster.nodeClient(master) as Promise<RedisClientType>
  }
}

function giveUp({ client }: Master): void {
  // Of one that is closed already it is an error.
  if (client?.isOpen) client.destroy()
}
