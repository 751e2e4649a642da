import { styleText } from 'node:util'
import type { Ports } from './ports.js'
import type { DemoTenant } from './tenants.js'

interface Scene {
  readonly ports: Ports
  readonly tenants: readonly [acme: DemoTenant, staging: DemoTenant, globex: DemoTenant]
  readonly configFile: string
  readonly processId: number | undefined
}

/** What is there and what to try. */
export function guide({ ports, tenants: [acme, staging, globex], configFile, processId }: Scene): string {
  const bold = (text: string) => styleText('bold', text)
  return `
${bold('Doorward stands in front of an app that has no sign-in of its own.')}

  ${bold(acme.origin)}           Acme: Alice (admins, staff) and Bob (staff)
  ${bold(staging.origin)}   Acme again: another instance, the same people
  ${bold(globex.origin)}         Globex: another customer, with Carol and Dan

What to try
  1. Open acme and sign in as Alice. The app greets her and shows her groups and two live counters.
  2. Open acme-staging: the same org knows her already, so no page (single sign-on); a session of its own.
  3. Open globex: nothing of that counts here, another org asks who you are. The hostname decides.
  4. Write in the guestbook: a plain form, signed with the name from the headers.
  5. Sign out at acme, with a second tab open: the WebSocket there closes. acme-staging stays signed in.
  6. Signed out, open a deep link and sign in; you are back at it: ${acme.origin}/reports/2026?quarter=3

Behind the scenes
  Doorward        node dist/main.js serve --config …, process ${processId}
  Configuration   ${configFile}
  Health          curl http://127.0.0.1:${ports.admin}/readyz
  As a script     curl -i ${acme.origin}/

Browsers find *.localhost by themselves (Safari may not). Ctrl-C stops everything. Doorward's log follows.
`
}
