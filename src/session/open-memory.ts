import { composeStore } from './compose-store.js'
import { MemoryAdapter } from './memory-adapter.js'
import type { SessionStore } from './store.js'

/** Opens a store within this process; it ends with it. */
export const openMemory = (now: () => number): SessionStore =>
  composeStore(new MemoryAdapter(now), undefined, (operation) => operation)
