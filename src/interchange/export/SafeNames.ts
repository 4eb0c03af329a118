/** Names of machines for places that do not take every text, still different from each other. */
import type { Run } from "./Exporter.ts"
import type { Names } from "./Wording.ts"

type Named = Pick<Run, "count" | "nameOf">

const distinct = (
  { count, nameOf }: Named,
  safe: (name: string) => string,
  /** Names that are the same to whoever reads them. */
  sameness: (name: string) => string = (name) => name,
): Names => {
  const names = new Map<number, string>()
  const taken = new Set<string>()
  for (let machine = 1; machine <= count; machine++) {
    const wanted = safe(nameOf(machine)) || String(machine)
    let name = wanted
    for (let turn = 0; taken.has(sameness(name)); turn++)
      name = turn === 0 ? `${wanted}-${machine}` : `${wanted}-${machine}-${turn}`
    taken.add(sameness(name))
    names.set(machine, name)
  }
  return (machine) => names.get(machine) ?? safe(nameOf(machine))
}

/** Such as can stand in a list with blanks between them, in a cell without quotes. */
export const words = (run: Named): Names => distinct(run, (name) => name.replace(/[\s\p{Cc},"]/gu, "_"))

const bare = (name: string): string => (/^\d+$/.test(name) ? `machine-${name}` : name)

/** Words that are also keys of any JSON object, none of them one that every object of JavaScript has. */
export const hosts = (run: Named): Names =>
  distinct(run, (name) => {
    const word = bare(name).replace(/[^\p{L}\p{N}._:/@+-]/gu, "_")
    return word in {} ? `machine-${word}` : word
  })

const longestFileName = 100

/** Parts of the names of files, on any file system: none that differ in their case alone. */
export const files = (run: Named): Names =>
  distinct(
    run,
    (name) => name.replace(/[^\p{L}\p{N}._-]/gu, "_").slice(0, longestFileName),
    (name) => name.normalize("NFKC").toLowerCase(),
  )
