/**
 * One array a quantity: `logical clock times: [1, 2, 3]`, `system times: [...]`, `queue lengths: [...]`. A file is a
 * machine's, and its events are known when it has ended.
 */
import { type Entry, entry } from "../../domain/imported/Entry.ts"
import type { FileContext, Format, Reader, Sample } from "./Format.ts"
import { counted, timeIn } from "./Time.ts"

/** What the shape costs. */
export const note =
  "The kinds of events are not in a log of arrays: sends and receipts are taken for internal events, so no message can be followed."

type Quantity = "clock" | "time" | "queue" | "other"

const shape = /^\s*["']?([A-Za-z][\w /()-]{0,60}?)["']?\s*[:=]\s*\[([^[\]]*)\]\s{0,8}[,;]?\s*$/
const single = /^\s*["']?[A-Za-z][\w /()-]{0,60}["']?\s*[:=]\s*-?[\d.]+(?:e[+-]?\d+)?\s{0,8}[,;]?\s*$/i
const separator = /^[-=*#\s]*$/

const quantityOf = (label: string): Quantity => {
  if (/jump|gap|drift|diff|delta|average|avg/i.test(label)) return "other"
  if (/queue|inbox/i.test(label)) return "queue"
  if (/logical|lamport|clock/i.test(label)) return "clock"
  return /time/i.test(label) ? "time" : "other"
}

const item = (text: string, quantity: Quantity): number | null | undefined => {
  const bare = text.trim().replace(/^(["'])(.*)\1$/, "$2")
  if (quantity === "time")
    return /^[\d.]+$/.test(bare) ? (timeIn(bare) ?? counted(Number(bare))) : (timeIn(bare) ?? undefined)
  const number = /^\d{1,16}$/.test(bare) ? Number(bare) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

interface Arrays {
  readonly quantity: Quantity
  readonly items: ReadonlyArray<number | null>
}

const scanned = (text: string): Arrays | undefined => {
  const match = shape.exec(text)
  if (match === null) return undefined
  const quantity = quantityOf(match[1]!)
  const inside = match[2]!.trim()
  if (quantity === "other" || inside === "") return { quantity, items: [] }
  const items = inside.split(",").map((piece) => item(piece, quantity))
  return items.includes(undefined) ? undefined : { quantity, items: items as Array<number | null> }
}

const reader = ({ machine }: FileContext): Reader => {
  const of = new Map<Quantity, ReadonlyArray<number | null>>()
  let line = 0
  return {
    line: (text, number) => {
      const arrays = scanned(text)
      if (arrays === undefined) return single.test(text) || separator.test(text) ? [] : undefined
      if (arrays.quantity === "other") return []
      of.set(arrays.quantity, [...(of.get(arrays.quantity) ?? []), ...arrays.items])
      if (line === 0 || arrays.quantity === "clock") line = number
      return []
    },
    end: () => {
      const [clocks, times, queues] = [of.get("clock") ?? [], of.get("time") ?? [], of.get("queue") ?? []]
      const events = clocks.length > 0 ? clocks.length : times.length
      return Array.from(
        { length: events },
        (_, at): Entry =>
          entry({
            kind: "internal",
            machine,
            line,
            lamport: clocks[at] ?? null,
            atUs: times[at] ?? null,
            queueLength: queues[at] ?? null,
          }),
      )
    },
  }
}

const likeness = ({ lines }: Sample): number => {
  const telling = lines.filter((text) => !separator.test(text) && !single.test(text))
  const arrays = telling.map(scanned)
  if (!arrays.some((found) => found?.quantity === "clock" || found?.quantity === "time")) return 0
  return arrays.filter((found) => found !== undefined).length / telling.length
}

export const format: Format = {
  name: "arrays",
  does: "one array a quantity: clocks, times, queue lengths; kinds of events are lost",
  likeness,
  reader,
  fifo: true,
  kindsLost: true,
}
