const REASONS: readonly (readonly [error: RegExp, advice: string])[] = [
  [/NOAUTH|WRONGPASS/, 'look at the user and the password in session.store'],
  [/NOPERM/, 'give the user in session.store the rights to its commands'],
  [/ENOTFOUND|EAI_AGAIN/, 'is the host in session.store spelled right?'],
  [/certificate|SSL|TLS/i, 'does that server speak TLS, and is ca= in session.store its authority?'],
]

/** What an operator does about a store that is not reached. */
export function storeAdvice({ message }: Error): string {
  const [, advice] = REASONS.find(([error]) => error.test(message)) ?? []
  return advice ?? 'is that server running, and may this machine reach it?'
}
