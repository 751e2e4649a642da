import { escapeHtml } from '../../src/pages/escape-html.js'
import { layOut } from './app-layout.js'
import type { Visitor } from './app-visitor.js'

/** One line of the guestbook. */
export interface GuestbookEntry {
  readonly author: string
  readonly text: string
}

const LIVE_SCRIPT = `
const show = (id, count, state) => {
  if (count !== undefined) document.getElementById(id).value = count
  document.getElementById(id + '-state').textContent = state
}
const events = new EventSource('/events')
events.onmessage = ({ data }) => show('events', data, 'connected')
events.onerror = () => show('events', undefined, events.readyState === EventSource.CLOSED ? 'closed' : 'reconnecting')
const live = new WebSocket(location.origin.replace('http', 'ws') + '/live')
live.onmessage = ({ data }) => show('live', data, 'connected')
live.onclose = () => show('live', undefined, 'closed')
`

function liveCard(id: string, title: string, explanation: string): string {
  return `<section>
<h2>${title}</h2>
<p class="count"><output id="${id}" aria-live="off">0</output> <span>seconds, <span id="${id}-state" role="status">connecting</span></span></p>
<p class="quiet">${explanation}</p>
</section>`
}

function identityRows(visitor: Visitor): string {
  const rows: ReadonlyArray<readonly [header: string, value: string | undefined]> = [
    ['X-Forwarded-User', visitor.user],
    ['X-Forwarded-Email', visitor.email],
    ['X-Forwarded-Preferred-Username', visitor.username],
    ['X-Forwarded-Name', visitor.name],
    ['X-Forwarded-Groups', visitor.groups.join(' · ') || undefined],
    ['X-Forwarded-Tenant', visitor.tenant],
  ]
  return rows
    .map(([header, value]) => {
      const cell = value === undefined ? '<span class="quiet">not sent</span>' : escapeHtml(value)
      return `<tr><th scope="row"><code>${header}</code></th><td>${cell}</td></tr>`
    })
    .join('\n')
}

/** What others call this person. */
export function displayName(visitor: Visitor): string {
  return visitor.name ?? visitor.username ?? visitor.email ?? visitor.user ?? 'somebody unknown'
}

/** `/`: who is signed in, and two live connections. */
export function homePage(visitor: Visitor): string {
  const content = `<h1>Hello, ${escapeHtml(displayName(visitor))}</h1>
<p class="lead">This app has no sign-in of its own. It believes what Doorward adds to each request.</p>
<div class="cards">
<section class="wide">
<h2>Who is signed in</h2>
<table>${identityRows(visitor)}</table>
</section>
${liveCard('events', 'Server-sent events', 'One long answer, passed on as it is written.')}
${liveCard('live', 'WebSocket', 'Closed when the session ends: sign out in another tab and watch this one.')}
</div>
<script>${LIVE_SCRIPT}</script>`
  return layOut('Home', '/', visitor, content)
}

/** `/guestbook`: a form and what was written with it. */
export function guestbookPage(visitor: Visitor, entries: readonly GuestbookEntry[]): string {
  const items = entries.map(
    ({ author, text }) => `<li>${escapeHtml(text)}<br><span class="quiet">${escapeHtml(author)}</span></li>`,
  )
  const content = `<h1>Guestbook</h1>
<p class="lead">Every hostname has its own. It is kept until the demo stops.</p>
<section>
<form method="post" action="/guestbook">
<label for="text">Write as ${escapeHtml(displayName(visitor))}</label>
<input id="text" name="text" required maxlength="500" autocomplete="off">
<button>Sign the guestbook</button>
</form>
${items.length > 0 ? `<ul>${items.join('')}</ul>` : '<p class="quiet">Nobody has written anything yet.</p>'}
</section>`
  return layOut('Guestbook', '/guestbook', visitor, content)
}

/** `/reports/YEAR?quarter=N`: a deep link, to see that signing in comes back to exactly here. */
export function reportPage(visitor: Visitor, path: string, quarter: string): string {
  const content = `<h1>Report ${escapeHtml(path.split('/').at(-1) ?? '')}, quarter ${escapeHtml(quarter)}</h1>
<p class="lead">A deep link. Open it while signed out: after signing in you are back here, the query included.</p>
<section><table>
<tr><th scope="row">Page</th><td><code>${escapeHtml(path)}</code></td></tr>
<tr><th scope="row">Quarter asked for</th><td>${escapeHtml(quarter)}</td></tr>
<tr><th scope="row">Prepared for</th><td>${escapeHtml(displayName(visitor))}</td></tr>
</table></section>`
  return layOut('Report', path, visitor, content)
}

/** Any other address. */
export function missingPage(visitor: Visitor): string {
  return layOut('Not found', '', visitor, '<h1>Not found</h1><p class="lead">This app has no such page.</p>')
}
