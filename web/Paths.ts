/**
 * What the diagram draws, as a few long paths for all arrows of a kind of message and all marks of a kind of event.
 * So 100,000 events are some hundred nodes, and a browser draws them in one go.
 *
 * Arrow k of a group's paths is `M x1 y1L x2 y2`: from the send to the event that received or dropped the message,
 * or to where it is known to have got to. Mark k begins with `M x y`, where its event is. Which message or event
 * that is, `messages` and `events` beside the paths say; both are in the order of the log.
 */
import { type Cone, messageRelationOf, Relation, relationOf } from "./Cone.ts"
import { type Layout, xOf, yOf } from "./Layout.ts"
import { type SpaceTimeData, State } from "./SpaceTimeData.ts"

export type Light = "plain" | "past" | "future" | "dim"

export interface Arrows {
  readonly state: number
  readonly light: Light
  readonly messages: ReadonlyArray<number>
  readonly paths: ReadonlyArray<string>
  /** The heads, as triangles; empty where arrows are too dense to have any. */
  readonly heads: string
}

export interface Marks {
  readonly kind: number
  readonly light: Light
  readonly events: ReadonlyArray<number>
  readonly paths: ReadonlyArray<string>
}

/** More heads than this are a blot; more marks than this are drawn as ticks, which cost a tenth of a dot. */
const mostHeads = 6_000
const mostDots = 5_000

/** A browser fills a path of very many parts slower than the same parts in several paths. */
const partsPerPath = 500

/** A screen is some thousand pixels wide: farther out nothing is seen, and a browser's numbers lose their decimals. */
const farPx = 100_000

/** A tenth of a pixel; by whole numbers, which become text faster. */
export const decimal = (value: number): string => {
  const tenths = Math.round(value * 10)
  if (tenths < 0) return String(tenths / 10)
  const whole = Math.floor(tenths / 10)
  const rest = tenths - 10 * whole
  return rest === 0 ? `${whole}` : `${whole}.${rest}`
}

const joined = (parts: ReadonlyArray<string>): ReadonlyArray<string> =>
  Array.from({ length: Math.ceil(parts.length / partsPerPath) }, (_, i) =>
    parts.slice(i * partsPerPath, (i + 1) * partsPerPath).join(""),
  )

export interface Ends {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** A message that has no end yet is drawn a part of its way. */
const stub = 0.42
const stubLeanPx = 7

export const endsOf = (data: SpaceTimeData, layout: Layout, message: number): Ends => {
  const send = data.send[message]!
  const x1 = xOf(layout, data.atUs[send]!)
  const y1 = yOf(layout, data.machine[send]!)
  const end = data.end[message]!
  const y2 = yOf(layout, data.recipient[message]!)
  if (end >= 0) return { x1, y1, x2: xOf(layout, data.atUs[end]!), y2 }
  if (data.state[message] === State["in-inbox"])
    return { x1, y1, x2: xOf(layout, data.arrivedUs[message]!), y2 }
  const dy = stub * (y2 - y1)
  return { x1, y1, x2: x1 + Math.min(stubLeanPx, Math.abs(dy) * 0.2), y2: y1 + dy }
}

/** When a message ends in the picture; of one without an end, shortly after its send. */
const endUs = (data: SpaceTimeData, message: number, stubUs: number): number => {
  const end = data.end[message]!
  if (end >= 0) return data.atUs[end]!
  const sentUs = data.atUs[data.send[message]!]!
  return data.state[message] === State["in-inbox"] ? data.arrivedUs[message]! : sentUs + stubUs
}

/** Machines of an imported log need not agree on the time: a message may end before it began. */
const reaches = (aUs: number, bUs: number, { fromUs, toUs }: Layout): boolean =>
  Math.min(aUs, bUs) <= toUs && Math.max(aUs, bUs) >= fromUs

export const messagesIn = (data: SpaceTimeData, layout: Layout): ReadonlyArray<number> => {
  const found: Array<number> = []
  const stubUs = ((layout.toUs - layout.fromUs) * 30) / (layout.right - layout.left)
  for (let k = 0; k < data.send.length; k++)
    if (reaches(data.atUs[data.send[k]!]!, endUs(data, k, stubUs), layout)) found.push(k)
  return found
}

export const eventsIn = (data: SpaceTimeData, layout: Layout): ReadonlyArray<number> => {
  const marginUs = ((layout.toUs - layout.fromUs) * 12) / (layout.right - layout.left)
  const found: Array<number> = []
  for (let i = 0; i < data.atUs.length; i++)
    if (data.atUs[i]! >= layout.fromUs - marginUs && data.atUs[i]! <= layout.toUs + marginUs) found.push(i)
  return found
}

/** Brought near along its own line where an end is far outside. */
const near = (ends: Ends): Ends => {
  const { x1, y1, x2, y2 } = ends
  if (x1 > -farPx && x2 < farPx) return ends
  const at = (x: number) => y1 + ((y2 - y1) * (x - x1)) / (x2 - x1)
  const from = Math.max(x1, -farPx)
  const to = Math.min(x2, farPx)
  return { x1: from, y1: at(from), x2: to, y2: at(to) }
}

interface HeadSize {
  readonly length: number
  readonly halfWidth: number
  /** Of the mark where the arrow ends: the tip touches it. */
  readonly rim: number
}

const usual: HeadSize = { length: 6.5, halfWidth: 2.6, rim: 4.5 }
const small: HeadSize = { length: 4, halfWidth: 1.5, rim: 1.8 }

/** A triangle. */
const head = ({ x1, y1, x2, y2 }: Ends, size: HeadSize): string => {
  const length = Math.hypot(x2 - x1, y2 - y1)
  if (length < size.length + size.rim + 1) return ""
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length]
  const [tx, ty] = [x2 - ux * size.rim, y2 - uy * size.rim]
  const [bx, by] = [tx - ux * size.length, ty - uy * size.length]
  const [wx, wy] = [-uy * size.halfWidth, ux * size.halfWidth]
  return `M${decimal(tx)} ${decimal(ty)}L${decimal(bx + wx)} ${decimal(by + wy)}L${decimal(bx - wx)} ${decimal(by - wy)}Z`
}

/** Arrows straight from event to event, and their heads. */
export const straight = (
  data: SpaceTimeData,
  layout: Layout,
  arrows: ReadonlyArray<{ readonly from: number; readonly to: number }>,
): { readonly lines: string; readonly heads: string } => {
  const ends = arrows.map(({ from, to }) =>
    near({
      x1: xOf(layout, data.atUs[from]!),
      y1: yOf(layout, data.machine[from]!),
      x2: xOf(layout, data.atUs[to]!),
      y2: yOf(layout, data.machine[to]!),
    }),
  )
  const line = ({ x1, y1, x2, y2 }: Ends) => `M${decimal(x1)} ${decimal(y1)}L${decimal(x2)} ${decimal(y2)}`
  return { lines: ends.map(line).join(""), heads: ends.map((each) => head(each, usual)).join("") }
}

const lights: Readonly<Record<Relation, Light>> = {
  [Relation.concurrent]: "dim",
  [Relation.outside]: "dim",
  [Relation.before]: "past",
  [Relation.after]: "future",
  [Relation.self]: "plain",
}

/** Rows of this height and less have no room for marks of the full size. */
export const isSmall = (layout: Layout): boolean => layout.rowHeight < 24

/** Puts what is shown into groups by a kind and a light, each in the order in which it came. */
const grouped = (
  shown: ReadonlyArray<number>,
  kindOf: Uint8Array,
  lightOf: ((index: number) => Light) | undefined,
): ReadonlyArray<{ readonly kind: number; readonly light: Light; readonly members: Array<number> }> => {
  const groups = new Map<Light, Array<Array<number> | undefined>>()
  for (const index of shown) {
    const light = lightOf === undefined ? "plain" : lightOf(index)
    const kinds = groups.get(light) ?? []
    if (kinds.length === 0) groups.set(light, kinds)
    const kind = kindOf[index]!
    const members = kinds[kind]
    if (members === undefined) kinds[kind] = [index]
    else members.push(index)
  }
  return [...groups].flatMap(([light, kinds]) =>
    kinds.flatMap((members, kind) => (members === undefined ? [] : [{ kind, light, members }])),
  )
}

export const arrows = (
  data: SpaceTimeData,
  layout: Layout,
  cone: Cone | undefined,
  shown: ReadonlyArray<number>,
): ReadonlyArray<Arrows> => {
  const lightOf = cone && ((message: number) => lights[messageRelationOf(data, cone, message)])
  const size = isSmall(layout) ? small : usual
  const withHeads = shown.length <= mostHeads
  return grouped(shown, data.state, lightOf).map(({ kind: state, light, members }) => {
    const heads: Array<string> = []
    const lines = members.map((message) => {
      const ends = near(endsOf(data, layout, message))
      if (withHeads && state === State.received) heads.push(head(ends, size))
      return `M${decimal(ends.x1)} ${decimal(ends.y1)}L${decimal(ends.x2)} ${decimal(ends.y2)}`
    })
    return { state, light, messages: members, paths: joined(lines), heads: heads.join("") }
  })
}

/** After the place of a mark: a dot (round or square by the cap of its line), a cross, or a bar across the line. */
const dot = "h0"
const cross = "m-3.5-3.5l7 7m-7 0l7-7"
const bar = "m0-7v14"
const shapes: Readonly<Record<string, string>> = {
  dropped: cross,
  missed: cross,
  started: bar,
  stopped: bar,
  resumed: bar,
}
/** Where marks are dense. */
const ticks: Readonly<Record<string, string>> = { internal: "m0-1v2", sent: "m0-2v4", received: "m0-2v4" }

export const areDense = (shown: ReadonlyArray<number>): boolean => shown.length > mostDots

export const marks = (
  data: SpaceTimeData,
  layout: Layout,
  cone: Cone | undefined,
  shown: ReadonlyArray<number>,
): ReadonlyArray<Marks> => {
  const lightOf = cone && ((event: number) => lights[relationOf(data, cone, event)])
  const rows = data.ofMachine.map((_, machine) => decimal(yOf(layout, machine)))
  const dense = areDense(shown)
  return grouped(shown, data.kind, lightOf).map(({ kind, light, members }) => {
    const name = data.kinds[kind]!
    const shape = (dense ? ticks[name] : undefined) ?? shapes[name] ?? dot
    const parts = members.map(
      (event) => `M${decimal(xOf(layout, data.atUs[event]!))} ${rows[data.machine[event]!]}${shape}`,
    )
    return { kind, light, events: members, paths: joined(parts) }
  })
}

/** The ends of arrows that have no event there: where a message lies in an inbox, or was last known. */
export const openEnds = (data: SpaceTimeData, layout: Layout, messages: ReadonlyArray<number>): string =>
  messages
    .map((message) => {
      const { x2, y2 } = near(endsOf(data, layout, message))
      return `M${decimal(x2)} ${decimal(y2)}h0`
    })
    .join("")

/** Bars from `from` to `to` on the rows of machines: whole cones, lives and pauses are drawn with them. */
export const bars = (
  layout: Layout,
  spans: ReadonlyArray<readonly [machine: number, fromUs: number, toUs: number]>,
): string =>
  spans
    .filter(([, fromUs, toUs]) => toUs >= layout.fromUs && fromUs <= layout.toUs && toUs > fromUs)
    .map(([machine, fromUs, toUs]) => {
      const x1 = Math.max(layout.left - 8, xOf(layout, fromUs))
      const x2 = Math.min(layout.right + 8, xOf(layout, toUs))
      return `M${decimal(x1)} ${decimal(yOf(layout, machine))}H${decimal(x2)}`
    })
    .join("")

/** Lines through the events in which machines recorded one snapshot, from row to row; those out of sight left out. */
export const cuts = (data: SpaceTimeData, layout: Layout): string =>
  Object.values(data.cuts)
    .filter((events) => {
      const times = events.map((event) => data.atUs[event]!)
      return Math.max(...times) >= layout.fromUs && Math.min(...times) <= layout.toUs
    })
    .map((events) =>
      [...events]
        .sort((a, b) => data.machine[a]! - data.machine[b]!)
        .map((event, i) => {
          const x = Math.max(-farPx, Math.min(farPx, xOf(layout, data.atUs[event]!)))
          return `${i === 0 ? "M" : "L"}${decimal(x)} ${decimal(yOf(layout, data.machine[event]!))}`
        })
        .join(""),
    )
    .join("")
