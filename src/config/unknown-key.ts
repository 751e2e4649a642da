/** The sentence for a key that the schema does not know, with the known one that was probably meant. */
export function unknownKey(key: string, known: readonly string[]): string {
  if (/^\w+:./.test(key)) return 'is not a known key; a space is missing after the colon'
  const meant = nearestKey(key, known)
  return meant === undefined ? 'is not a known key' : `is not a known key; did you mean "${meant}"?`
}

/** The known key that was probably meant; `undefined` where none is near. */
export function nearestKey(key: string, known: readonly string[]): string | undefined {
  const written = normalKey(key)
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: editDistance(written, normalKey(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, candidate.length / 4))
    .sort((a, b) => a.distance - b.distance)
  const longer =
    written.length < 4 ? undefined : known.find((candidate) => normalKey(candidate).includes(written))
  return nearest?.candidate ?? longer
}

/** `clientId`, `client-id` and `CLIENT_ID` are all meant to be `client_id`. */
function normalKey(key: string): string {
  return key.slice(0, 64).replaceAll(/[-_ ]/g, '').toLowerCase()
}

/** Letters added, dropped, changed or swapped with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= a.length; row++) {
    rows.push([row])
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      const isSwap = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwap ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return at(a.length, b.length)
}
