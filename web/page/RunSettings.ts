/**
 * The settings that the form asks for, as a configuration names them. A text that is none of what must be there goes as
 * it is: the server says what must hold.
 */
import * as Either from "effect/Either"
import * as LatencyWords from "../../src/domain/LatencyWords.ts"

export interface Setting {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly note?: string
  /** Of a modelled network or clock, which a real run has none of. */
  readonly isModelled?: true
  /** Of more than numbers. */
  readonly isText?: true
  readonly read: (text: string) => unknown
}

const number = (text: string): unknown => (Number.isNaN(Number(text)) ? text : Number(text))
const numbers = (text: string): unknown => text.split(/[\s,]+/).map(number)
const asItIs = (text: string): unknown => text
const times =
  (factor: number) =>
  (text: string): unknown =>
    Number.isNaN(Number(text)) ? text : Math.round(Number(text) * factor)
const latency = (text: string): unknown => Either.getOrElse(LatencyWords.parse(text), () => text)

export const settings: ReadonlyArray<Setting> = [
  { name: "machines", label: "Machines", value: "3", read: number },
  { name: "durationUs", label: "Seconds", value: "30", read: times(1_000_000) },
  { name: "seed", label: "Seed", value: "", note: "the same gives the same", read: number },
  {
    name: "rates",
    label: "Ticks a second",
    value: "",
    note: "such as 1, 3, 6; drawn by the seed where it is left empty",
    isText: true,
    read: numbers,
  },
  { name: "sides", label: "Sides of the die", value: "10", note: "1 to 3 send", read: number },
  {
    name: "workload",
    label: "Workload",
    value: "",
    note: "dice where it is left empty; or mutex, which takes complete below, or snapshot",
    isText: true,
    read: asItIs,
  },
  {
    name: "topology",
    label: "Who is linked to whom",
    value: "",
    note: "cycles where it is left empty; complete, ring, star, grid, or random:3",
    isText: true,
    read: asItIs,
  },
  {
    name: "pattern",
    label: "Whom a roll of 3 addresses",
    value: "pair",
    note: "or multicast:2, or broadcast",
    isText: true,
    read: asItIs,
  },
  { name: "capacity", label: "Room in an inbox", value: "1024", read: number },
  {
    name: "latency",
    label: "Latency",
    value: "1ms",
    note: "or a range, 1ms..50ms; or a mean, exp:5ms",
    isModelled: true,
    isText: true,
    read: latency,
  },
  {
    name: "lossPpm",
    label: "Messages lost, %",
    value: "",
    note: "none where it is left empty",
    isModelled: true,
    read: times(10_000),
  },
  { name: "duplicationPpm", label: "Messages doubled, %", value: "", isModelled: true, read: times(10_000) },
  {
    name: "links",
    label: "Order on a link",
    value: "",
    note: "fifo where it is left empty; unordered lets messages overtake",
    isModelled: true,
    isText: true,
    read: asItIs,
  },
  {
    name: "delivery",
    label: "Delivery order",
    value: "",
    note: "as messages come where it is left empty; fifo, causal, or total",
    isModelled: true,
    isText: true,
    read: asItIs,
  },
  { name: "skewPpm", label: "Clock skew, %", value: "", isModelled: true, read: times(10_000) },
]
