import { findProgram } from '../../fixtures/find-program.js'
import { onServerCore } from '../cores.js'
import type { Ending } from '../ending.js'
import { startProgram } from '../start-program.js'
import { nginxCommand } from './nginx-files.js'
import { type PlainProxyOptions, type Server, UNREAD_COOKIE } from './server.js'

export const NGINX = 'nginx'

/**
 * nginx as a plain reverse proxy that tells the upstream as much as Doorward does, and passes bodies and WebSockets
 * on as they come, without a file in between; `undefined` without nginx.
 */
export async function startNginx(
  ending: Ending,
  { upstream, port }: PlainProxyOptions,
): Promise<Server | undefined> {
  const program = findProgram('nginx')
  if (program === undefined) return undefined
  const { host } = new URL(upstream)
  const http = `
  upstream app { server ${host}; keepalive 256; keepalive_requests 1000000000; }
  proxy_http_version 1.1;
  proxy_request_buffering off;
  proxy_max_temp_file_size 0;
  client_max_body_size 0;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://app;
      proxy_set_header Connection "";
      ${FORWARDED}
    }
    location /websocket {
      proxy_pass http://app;
      proxy_set_header Connection upgrade;
      proxy_set_header Upgrade $http_upgrade;
      ${FORWARDED}
    }
  }`
  const command = onServerCore(await nginxCommand(ending, program, http))
  const pid = await startProgram(ending, command, port)
  return { name: NGINX, pid, url: `http://127.0.0.1:${port}/`, headers: { Cookie: UNREAD_COOKIE } }
}

const FORWARDED = `proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;`
