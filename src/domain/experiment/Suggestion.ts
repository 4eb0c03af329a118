/** The word that was probably meant. */

/** How many letters must be changed, added, left out or swapped (optimal string alignment). */
const distance = (from: string, to: string): number => {
  const rows = [Array.from({ length: to.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const change = rows[i - 1]![j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      const least = Math.min(change, rows[i - 1]![j]! + 1, row[j - 1]! + 1)
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      row.push(swapped ? Math.min(least, rows[i - 2]![j - 2]! + 1) : least)
    }
    rows.push(row)
  }
  return rows[from.length]![to.length]!
}

/** Longer words than this are nobody's slip of the finger. */
const longest = 40

const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, "")

/** The nearest of the words, where at most every third of its letters differs. */
export const nearest = (word: string, words: ReadonlyArray<string>): string | undefined => {
  if (word.length > longest) return undefined
  const ranked = words
    .map((candidate) => ({ candidate, apart: distance(plain(word), plain(candidate)) }))
    .filter(({ candidate, apart }) => apart <= Math.floor(candidate.length / 3))
  return ranked.sort((a, b) => a.apart - b.apart)[0]?.candidate
}
