import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ending } from '../ending.js'

/** The tenant with this number; the first is the one where visitors sign in. */
export const tenantId = (number: number): string => (number === 0 ? 'acme' : `tenant-${number}`)

interface TenantsOptions {
  readonly count: number
  /** Of Doorward. */
  readonly port: number
  /** Issuer and credentials of the first one; nobody ever asks those of the others. */
  readonly first: object
}

/** Writes a file for each tenant, as operators have them, into a folder that goes with the bench. */
export async function writeTenants(ending: Ending, { count, port, first }: TenantsOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'doorward-bench-tenants-'))
  ending.teardown(() => rm(folder, { recursive: true, force: true }))
  for (let number = 0; number < count; number++) {
    const id = tenantId(number)
    const settings = number === 0 ? first : strangerOf(id)
    const lines = Object.entries({ origins: [`http://${id}.localhost:${port}`], ...settings })
    await writeFile(
      join(folder, `${id}.yaml`),
      lines.map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join(''),
    )
  }
  return folder
}

const strangerOf = (id: string) => ({
  issuer: `https://${id}.okta.example`,
  client_id: `0oa-${id}`,
  client_secret: `secret-of-${id}`,
})
