import type { CustomFetchOptions } from 'openid-client'

/** Bytes, after decompression: one tenant's provider must not fill the memory of all. */
const LONGEST_ANSWER = 1_048_576

/**
 * `fetch` that has read the whole answer within the caller's deadline. Rejects as `fetch` does, also for an answer of
 * more than 1 MiB.
 */
export async function boundedFetch(url: string, options: CustomFetchOptions): Promise<Response> {
  const answer = await fetch(url, { ...options, body: options.body ?? null })
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body ?? []) {
    length += chunk.byteLength
    if (length > LONGEST_ANSWER) throw new TypeError('the answer is longer than 1 MiB')
    chunks.push(chunk)
  }
  // Statuses without content do not even take an empty body.
  return new Response(length > 0 ? Buffer.concat(chunks) : null, answer)
}
