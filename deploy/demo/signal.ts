/** Resolves with the first of the signals that comes; the handlers stay, so that a second one changes nothing. */
export function until(...signals: readonly NodeJS.Signals[]): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve(signal))
  })
}
