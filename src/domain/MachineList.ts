/** Machines in words: "2", "2 and 3", "2, 3 and 4", and of more than `most` the first of them and how many more. */
export const inWords = (
  machines: ReadonlyArray<number | string>,
  most = Number.POSITIVE_INFINITY,
): string => {
  const shown = machines.length > most ? machines.slice(0, most) : machines
  const last = shown.length < machines.length ? `${machines.length - shown.length} more` : shown.at(-1)
  const before = shown.length < machines.length ? shown : shown.slice(0, -1)
  return before.length === 0 ? String(last ?? "") : `${before.join(", ")} and ${last}`
}
