/** Logical clocks and queue lengths in free text, and whose the clocks are. */

const prefix = `(?:(?:message|msg|received|recv|sender(?:'?s)?|remote|incoming|the|local|logical|lamport|current|own|new|updated)[ _-]+)*`
const clock = `(?:clock|lamport|lc|(?:logical|lamport)[ _-]?time(?:stamp)?|lclock)(?:[ _-]+(?:time|value|counter|stamp|timestamp))*`
const labelled = new RegExp(
  String.raw`(?<![a-z])(${prefix}${clock})(?![a-z])["'\s:=\])-]*(?:(?:is|was|now|updated|to|at)\s+)*[\s:=(-]*(\d{1,16})(?!\w|[.:]\d|-\d)`,
  "gi",
)
const before = /\[(?:logical )?clock\s+(\d{1,16})\]/i
const quantity =
  /(?:(?<![a-z])(?:queue|inbox)(?:[ _-]*(?:length|len|size))?|(?<![a-z])q[ _-]?(?:len|size)|remaining messages|messages (?:left|remaining))["'\]]?\s*[:=-]*\s*(?:(?:is|was|now)\s+)?(\d{1,9})(?!\w|\.\d)/i
const receivedValue =
  /(?<![a-z])(?:re?ce?(?:ie|ei)ve[ds]?|recvd?)(?: a| the)?(?: message| msg)?\]?\s*:\s*(?:\[message\]\s*)?(\d{1,16})(?!\w|[.:-]\d)/i
const receivedPair = /(?<![a-z])received message (\d{1,9}) (\d{1,16}) at\b/i
const positions =
  /(?:clock|time|vector|vc)[\w ]{0,20}?\s*[:=-]?\s*[[(<{]\s*(\d{1,16}(?:\s*,\s*\d{1,16})+)\s*[\])>}]/i

/** How surely a label means a machine's own clock; none of the message's. */
const strengths = new Map<string, number>()
const rememberedLabels = 256

const strengthOf = (label: string): number => {
  const known = strengths.get(label)
  if (known !== undefined) return known
  const text = label.toLowerCase()
  const strength = /^(?:message|msg|sender|remote|incoming)/.test(text)
    ? 0
    : /^(?:received|recv)/.test(text)
      ? 1
      : /(?:logical|lamport)[ _-]?clock|lclock|lamport/.test(text)
        ? 5
        : /local/.test(text)
          ? 2
          : /logical/.test(text)
            ? 3
            : 4
  if (strengths.size < rememberedLabels) strengths.set(label, strength)
  return strength
}

export interface Clocks {
  readonly own: number | null
  readonly senders: number | null
}

const noClocks: Clocks = { own: null, senders: null }

interface Found {
  readonly strength: number
  readonly value: number
}

const found = (line: string): ReadonlyArray<Found> => {
  const all: Array<Found> = []
  labelled.lastIndex = 0
  for (let match = labelled.exec(line); match !== null; match = labelled.exec(line)) {
    const strength = strengthOf(match[1]!)
    // "received logical clock 12 from 2" is the message's even where it stands alone.
    const isMessages = strength === 1 && /^[\s,)]*from\b/i.test(line.slice(labelled.lastIndex))
    all.push({ strength: isMessages ? 0 : strength, value: Number(match[2]) })
  }
  return all
}

/**
 * The clocks that a line labels. Of several on a receipt the one that is surest to be the machine's own is, and
 * another is the sender's; on other events all are the machine's own.
 */
export const clocksWithin = (line: string, isReceipt: boolean): Clocks => {
  const all = found(line)
  if (all.length === 0) return noClocks
  let best = all[0]!
  for (const each of all) if (each.strength >= best.strength) best = each
  const own = best.strength === 0 && isReceipt ? null : best.value
  if (!isReceipt) return { own, senders: null }
  const others = all.filter((each) => each !== best)
  const senders = own === null ? best.value : (others[0]?.value ?? null)
  return { own, senders }
}

/** What a line says it received, where that is a clock: "Message received: 20", "Received message 1 6 at". */
export const receivedWithin = (
  line: string,
): { readonly sender: string | null; readonly clock: number | null } => {
  const pair = receivedPair.exec(line)
  if (pair !== null) return { sender: pair[1]!, clock: Number(pair[2]) }
  const value = receivedValue.exec(line)
  return { sender: null, clock: value === null ? null : Number(value[1]) }
}

/** "[Clock 5]", the clock in brackets before the rest. */
export const bracketedClock = (line: string): number | null => {
  const match = before.exec(line)
  return match === null ? null : Number(match[1])
}

export const queueWithin = (line: string): number | null => {
  const match = quantity.exec(line)
  return match === null ? null : Number(match[1])
}

/** "Logical Clock Time: [1, 0, 0]". */
export const vectorWithin = (line: string): ReadonlyArray<number> | null => {
  const match = positions.exec(line)
  return match === null ? null : match[1]!.split(",").map(Number)
}
