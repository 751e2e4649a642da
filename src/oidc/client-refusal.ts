/**
 * An answer that refuses the client, in the one shape that openid-client reads: Okta says `errorCode` for `error` at
 * times, and a challenge would hide the body. `undefined` for every other answer.
 * What may be misread is refused by `invalid_request` as well.
 */
export async function refusalOf(answer: Response, mayBeMisread: boolean): Promise<Response | undefined> {
  const { status } = answer
  if (status !== 400 && status !== 401) return undefined
  const { error, errorCode, error_description, errorSummary } = await bodyOf(answer)
  const isRefused = error === 'invalid_client' || errorCode === 'invalid_client'
  if (!isRefused && !(mayBeMisread && error === 'invalid_request')) return undefined
  return Response.json(
    { error: 'invalid_client', error_description: error_description ?? errorSummary },
    { status },
  )
}

/** Whether an answer says that the client was let in: a dead code or token is found only after that. */
export async function isAccepted(answer: Response): Promise<boolean> {
  return answer.ok || (answer.status === 400 && (await bodyOf(answer)).error === 'invalid_grant')
}

async function bodyOf(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined)
  return typeof body === 'object' && body !== null ? { ...body } : {}
}
