/**
 * Free text, a line an event: what students' programs write. One pattern for each program would never end, so fields
 * are looked for one by one: the word for the kind, labelled clocks, a queue's length, times, names of machines.
 * Some programs spread an event over lines; then fields that follow a line with a kind belong to it.
 */
import { type Entry, entry } from "../../domain/imported/Entry.ts"
import type { FileContext, Format, Reader, Sample } from "./Format.ts"
import { type Kind, kindWithin } from "./KindWords.ts"
import { ownWithin, placeWithin, promptOf, recipientsWithin, senderWithin } from "./Peers.ts"
import { bracketedClock, clocksWithin, queueWithin, receivedWithin, vectorWithin } from "./TextClocks.ts"
import { timeWithin } from "./Time.ts"
import { type Owner, ownerOf, ownPosition } from "./VectorPositions.ts"

const separator = /^[^A-Za-z0-9]*$/
const remark =
  /\b(?:clock|tick) ?(?:rate|speed)\b|operations per second|cycles per second|event range|\bconnect(?:ed|ion|ing)\b|\binitiali[sz]|\b(?:start|began|begin|stopp|shut(?:ting)? ?down|exit|finish|listen|clos)(?:ed|ing|ning)?\b|\d ?hz\b|\bprobability\b|^#|^\W*(?:\w+ ){0,3}log(?: (?:of|for|file)\b.*)?\W*$/i
const ticks = /\bticks?\b/i
const ticksCounted = /\bticks?\b.{0,40}\d|\d.{0,40}\bticks?\b/i
/** The last pattern looks far from each digit, and few lines have its word. */
const isRemark = (text: string): boolean => remark.test(text) || (ticks.test(text) && ticksCounted.test(text))
/** Longer lines are no line of such a log. */
const longestChars = 4_096

interface Fields {
  readonly kind: Kind | undefined
  readonly machine: string | null
  readonly atUs: number | null
  readonly lamport: number | null
  readonly senderLamport: number | null
  readonly queueLength: number | null
  readonly recipients: ReadonlyArray<string> | null
  readonly sender: string | null
  readonly positions: ReadonlyArray<number> | null
}

const scan = (line: string): Fields => {
  const found = kindWithin(line)
  const kind = found?.kind
  const isReceipt = kind === "received"
  const clocks = clocksWithin(line, isReceipt)
  const lamport = clocks.own ?? bracketedClock(line)
  const told = isReceipt ? receivedWithin(line) : undefined
  const to = kind === "sent" || isReceipt ? recipientsWithin(line) : null
  const from = kind === "sent" || isReceipt ? (told?.sender ?? senderWithin(line)) : null
  const named = found === undefined ? null : ownWithin(line.slice(0, found.at))
  const elsewhere = kind === "sent" ? from : isReceipt && to?.length === 1 ? to[0]! : null
  return {
    kind,
    machine: named ?? elsewhere ?? (found === undefined ? null : placeWithin(line)),
    atUs: timeWithin(line),
    lamport,
    senderLamport: isReceipt ? (told?.clock ?? clocks.senders) : null,
    queueLength: queueWithin(line),
    recipients: kind === "sent" ? to : null,
    sender: isReceipt ? from : null,
    positions: lamport === null ? vectorWithin(line) : null,
  }
}

const isClocked = ({ lamport, positions }: Fields): boolean => lamport !== null || positions !== null
const saysMore = (fields: Fields): boolean =>
  isClocked(fields) || fields.queueLength !== null || fields.atUs !== null

/** Lines that follow add what the first one lacks. */
const merged = (first: Fields, next: Fields): Fields => ({
  ...first,
  atUs: first.atUs ?? next.atUs,
  lamport: first.lamport ?? next.lamport,
  senderLamport: first.senderLamport ?? (first.kind === "received" ? next.senderLamport : null),
  queueLength: first.queueLength ?? next.queueLength,
  positions: first.positions ?? next.positions,
})

interface Habits {
  /** Whether a line that tells a kind tells its clock too. */
  readonly clocked: boolean
  /** Whether lines of several machines stand in the file, told by what is before a ">". */
  readonly prompted: boolean
  readonly vectors: ReadonlyArray<ReadonlyArray<number>>
}

const habitsOf = ({ machine, sample }: FileContext): Habits => {
  const scanned = sample.lines.filter((line) => line.length <= longestChars).map(scan)
  const kinds = scanned.filter(({ kind }) => kind !== undefined)
  const prompts = new Set(sample.lines.flatMap((line) => promptOf(line) ?? []))
  return {
    clocked: kinds.length > 0 && kinds.filter(isClocked).length * 2 >= kinds.length,
    prompted: prompts.size > 1 || machine === "" || machine === "-",
    vectors: kinds.flatMap(({ positions }) => (positions === null ? [] : [positions])),
  }
}

const reader = (file: FileContext): Reader => {
  const habits = habitsOf(file)
  let owned: Owner | undefined
  let open: { readonly fields: Fields; readonly text: string; readonly line: number } | undefined

  const vectorOf = (positions: ReadonlyArray<number>, machine: string): Entry["vector"] => {
    owned ??= ownerOf(machine, positions.length, ownPosition(habits.vectors))
    if (owned.names.length !== positions.length) return null
    return Object.fromEntries(positions.map((count, at) => [owned!.names[at]!, count]))
  }

  const made = (fields: Fields, text: string, line: number): Entry => {
    const named = fields.machine ?? (habits.prompted ? promptOf(text) : null) ?? file.machine
    const vector = fields.positions === null ? null : vectorOf(fields.positions, named)
    const machine = vector === null || fields.machine !== null ? named : owned!.machine
    const { lamport, atUs, queueLength, recipients, sender, senderLamport } = fields
    return entry({
      kind: fields.kind!,
      machine,
      line,
      atUs,
      lamport,
      queueLength,
      recipients,
      sender,
      senderLamport,
      vector,
    })
  }

  const closed = (): ReadonlyArray<Entry> => {
    if (open === undefined) return []
    const { fields, text, line } = open
    open = undefined
    return [made(fields, text, line)]
  }

  return {
    line: (text, line) => {
      if (text.length > longestChars) return undefined
      if (separator.test(text)) return closed()
      const fields = scan(text)
      if (fields.kind !== undefined && isClocked(fields)) {
        const event = made(fields, text, line)
        return open === undefined ? [event] : [...closed(), event]
      }
      if (fields.kind === undefined && open !== undefined && saysMore(fields)) {
        open = { ...open, fields: merged(open.fields, fields) }
        return []
      }
      if (isRemark(text)) return closed()
      if (fields.kind === undefined || habits.clocked) return undefined
      const before = closed()
      open = { fields, text, line }
      return before
    },
    end: closed,
  }
}

/** How much of an event a line with a kind is; without a clock it may come from any program. */
const worth = (fields: Fields): number => {
  if (isClocked(fields)) return 1
  if (!saysMore(fields)) return 0.2
  return fields.queueLength !== null || fields.recipients !== null || fields.sender !== null ? 0.65 : 0.4
}

const isData = /^\s*[{[]\s*["{]/

/** Free text is the last resort: what is more than text looks less like it. */
const likeness = ({ lines }: Sample): number => {
  let [events, told, open] = [0, 0, 0]
  for (const line of lines) {
    if (separator.test(line)) {
      open = 0
      continue
    }
    const fields = line.length > longestChars || isData.test(line) ? undefined : scan(line)
    if (fields?.kind !== undefined && !(isRemark(line) && !isClocked(fields))) {
      const value = worth(fields)
      events += value
      told++
      open = value < 1 ? 1 - value : 0
    } else if (open > 0 && fields !== undefined && saysMore(fields)) {
      if (!isClocked(fields)) continue
      // The line that an event began on lacked what this one says.
      events += open
      open = 0
    } else if (!isRemark(line)) told++
  }
  return told === 0 ? 0 : (events / told) * 0.9
}

export const format: Format = {
  name: "text",
  does: "free text, a line an event, as programs of the course's experiment write it",
  likeness,
  reader,
  fifo: true,
}
