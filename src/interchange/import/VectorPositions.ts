/**
 * Vector clocks that are written as numbers alone. Which entry is a machine's own is told by the numbers: it is the
 * one that rises by one on every line of its file. What the entries are called is told by the file's name.
 */

/** The only entry that rises by exactly one from each vector to the next. */
export const ownPosition = (vectors: ReadonlyArray<ReadonlyArray<number>>): number | undefined => {
  const [first, ...rest] = vectors
  if (first === undefined || rest.length === 0) return undefined
  const rising = first.flatMap((start, at) =>
    rest.every((vector, step) => vector[at] === start + step + 1) ? [at] : [],
  )
  return rising.length === 1 ? rising[0] : undefined
}

const isNumber = /^\d+$/

/** Names of all entries, consistent with the name of a machine that owns one of them. */
export const namesByPosition = (machine: string, size: number, first: 0 | 1): ReadonlyArray<string> => {
  const letters = size <= 26 && /^[A-Z]$/i.test(machine)
  const start = (machine < "a" ? "A" : "a").charCodeAt(0)
  return Array.from({ length: size }, (_, at) =>
    letters ? String.fromCharCode(start + at) : String(at + first),
  )
}

/** Numbers in a file's name, the likeliest to be a machine's first. */
const candidates = (name: string): ReadonlyArray<string> => {
  const named = [...name.matchAll(/(?:machine|process|proc|node|vm|host|client|log)[ _-]*(\d+)/gi)]
  const all = [...name.matchAll(/\d+/g)].map(([number]) => number).reverse()
  return [...named.map(([, number]) => number!).reverse(), ...all]
}

export interface Owner {
  readonly machine: string
  readonly names: ReadonlyArray<string>
}

/**
 * Whose vectors a file has. Names start at 0 where the number in the file's name is the own entry's position, and at
 * 1 where it is one more. Where the numbers do not tell the own entry, names are taken to start at 1.
 */
export const ownerOf = (fileMachine: string, size: number, own: number | undefined): Owner => {
  for (const candidate of candidates(fileMachine)) {
    const number = Number(candidate)
    const first = own === undefined ? (number === 0 ? 0 : 1) : number - own
    if ((first === 0 || first === 1) && number - first < size) {
      return { machine: String(number), names: namesByPosition(String(number), size, first) }
    }
  }
  const names = namesByPosition("", size, 1).map((name, at) => (at === own ? fileMachine : name))
  return { machine: fileMachine, names }
}

/** Whether vectors of a file with several machines are named from 0 on: where one of its machines is called 0. */
export const firstPosition = (machines: Iterable<string>): 0 | 1 => {
  for (const machine of machines) if (isNumber.test(machine) && Number(machine) === 0) return 0
  return 1
}
