/**
 * Where the time went, out of what `node --cpu-prof` wrote: seconds in functions by themselves, and with all that they
 * called, and the longest pieces in which nothing else had a turn.
 * Run: node --cpu-prof --cpu-prof-dir=DIR --import tsx bench/FIGURE.ts && npx tsx bench/profile.ts DIR/FILE [lines]
 */
import { readFileSync } from "node:fs"

interface Node {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: ReadonlyArray<number>
}
interface Profile {
  readonly nodes: ReadonlyArray<Node>
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

const [file, lines = "25"] = process.argv.slice(2)
if (file === undefined) {
  process.stderr.write("Cannot summarise a profile: a file that node --cpu-prof wrote must be given\n")
  process.exit(2)
}
const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8")) as Profile

const names = new Map<number, string>()
const parents = new Map<number, number>()
for (const { id, callFrame, children = [] } of nodes) {
  const { functionName, url, lineNumber } = callFrame
  const place = url === "" ? "" : ` ${url.split("/").pop()}:${lineNumber + 1}`
  names.set(id, `${functionName === "" ? "(anonymous)" : functionName}${place}`)
  for (const child of children) parents.set(child, id)
}

/** From the root down. */
const pathOf = (id: number): ReadonlyArray<number> => {
  const path: Array<number> = []
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) path.unshift(at)
  return path
}

const add = (sums: Map<string, number>, name: string, us: number) =>
  sums.set(name, (sums.get(name) ?? 0) + us)
const [self, inclusive] = [new Map<string, number>(), new Map<string, number>()]
/** Turns of the event loop: what is called from the root without anything between. */
const turns: Array<{ us: number; readonly top: number | undefined; readonly within: Map<string, number> }> =
  []
let turn: (typeof turns)[number] | undefined
let totalUs = 0
for (const [i, id] of samples.entries()) {
  const us = timeDeltas[i]!
  const name = names.get(id)!
  const path = pathOf(id)
  totalUs += us
  add(self, name, us)
  for (const one of new Set(path.map((at) => names.get(at)!))) add(inclusive, one, us)
  if (name === "(idle)") turn = undefined
  else if (name.startsWith("(") && turn !== undefined) turn.us += us
  else {
    const top = path[1]
    if (turn?.top !== top) {
      turn = { us: 0, top, within: new Map() }
      turns.push(turn)
    }
    turn!.us += us
    for (const at of path.slice(1)) add(turn!.within, names.get(at)!, us)
  }
}

const largest = (sums: ReadonlyMap<string, number>, count: number) =>
  [...sums].sort(([, a], [, b]) => b - a).slice(0, count)
const show = (title: string, sums: ReadonlyMap<string, number>) => {
  console.log(`\n${title}`)
  for (const [name, us] of largest(sums, Number(lines)))
    console.log(
      `${(us / 1e6).toFixed(2).padStart(8)} s ${((100 * us) / totalUs).toFixed(1).padStart(5)} %  ${name}`,
    )
}
console.log(`${(totalUs / 1e6).toFixed(1)} s`)
show("by itself", self)
show("with what it called", inclusive)
console.log("\nlongest turns")
for (const { us, within } of turns.sort((a, b) => b.us - a.us).slice(0, 8))
  console.log(
    `${(us / 1e3).toFixed(0).padStart(5)} ms  ${largest(within, 40)
      .filter(([name]) => !/fiberRuntime|task_queues|runMicrotasks|Scheduler/.test(name))
      .slice(0, 4)
      .map(([name]) => name)
      .join(", ")}`,
  )
