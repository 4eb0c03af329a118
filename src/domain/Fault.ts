/**
 * Faults on demand: what is done to machines and links of a run at fixed times of its schedule, and recorded as events
 * of machine 0. Written by people as `crash 2 at 10s for 5s`, `cut 1-3 at 4s`, `delay 1->2 by 200ms at 1s for 3s`.
 *
 *   pause, resume   the machine stands still: no ticks, and what arrives waits at its door
 *   crash, restart  the machine is gone, its inbox and connections with it; it comes back from its log
 *   cut, delay, heal  the link from one machine to another is down, or slower by a constant
 *
 * `partition 1,2|3,4 at 4s for 3s` is written for the cuts of all links between the groups.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Duration from "./Duration.ts"
import { describe } from "./FaultWords.ts"
import * as Limits from "./Limits.ts"
import { whole } from "./Requirement.ts"

const atUs = whole("microseconds of the schedule", 0, Limits.maxDurationUs)
const machine = whole("a machine", 1, Limits.maxVirtualMachines)
const link = { from: machine, to: machine }

export const MachineFault = Schema.Struct({
  fault: Schema.Literal("pause", "resume", "crash", "restart"),
  machine,
  atUs,
})
export const LinkFault = Schema.Struct({ fault: Schema.Literal("cut", "heal"), ...link, atUs })
export const Delay = Schema.Struct({
  fault: Schema.Literal("delay"),
  ...link,
  delayUs: whole("microseconds of delay", 0, Limits.maxDurationUs),
  atUs,
})

/** `atUs` is from the start of the schedule, which stands still while the run is down. */
export const Fault = Schema.Union(MachineFault, LinkFault, Delay)
export type Fault = typeof Fault.Type

const grammar =
  "pause, crash, resume or restart MACHINE, cut or heal LINK, delay LINK by TIME, or partition GROUP|GROUP, then at TIME, and for TIME where it is to end by itself"

const pattern =
  /^(pause|crash|resume|restart|cut|heal|delay)\s+(\d+)(?:\s*(->|-)\s*(\d+))?(?:\s+by\s+(\S+))?\s+at\s+(\S+)(?:\s+for\s+(\S+))?$/
const partitionPattern = /^partition\s+([\d,| ]+?)\s+at\s+(\S+)(?:\s+for\s+(\S+))?$/

const ends = { pause: "resume", crash: "restart", cut: "heal", delay: "heal" } as const
const ofMachines: ReadonlySet<string> = new Set(["pause", "crash", "resume", "restart"])

const refused = (text: string) =>
  Either.left(`must be ${grammar}, such as "crash 2 at 10s for 5s", found ${JSON.stringify(text)}`)

/** The faults that a text names: one, or with `for` two; on `A-B` both ways. The failure completes "it ...". */
export const parse = (
  text: string,
  isLink: IsLink = () => true,
): Either.Either<ReadonlyArray<Fault>, string> => {
  const line = text.trim().replace(/\s+/g, " ")
  if (line.startsWith("partition")) return partition(text, partitionPattern.exec(line), isLink)
  const match = pattern.exec(line)
  if (match === null) return refused(text)
  const [, verb, first, arrow, second, by, at, lasts] = match as unknown as [
    string,
    ...Array<string | undefined>,
  ]
  const name = verb as Fault["fault"]
  const [beginUs, delayUs, lastsUs] = [at, by, lasts].map(timeOf)
  const isOfMachine = ofMachines.has(name)
  if (isOfMachine !== (second === undefined) || (name === "delay") !== (by !== undefined))
    return refused(text)
  if (lasts !== undefined && !(name in ends)) return refused(text)
  if ([beginUs, delayUs, lastsUs].some(Number.isNaN)) return refused(text)
  const [a, b] = [Number(first), Number(second)]
  const places: ReadonlyArray<object> = isOfMachine
    ? [{ machine: a }]
    : arrow === "->"
      ? [{ from: a, to: b }]
      : [
          { from: a, to: b },
          { from: b, to: a },
        ]
  const delay = name === "delay" ? { delayUs } : {}
  return Either.right(lasting(places, { fault: name, ...delay }, beginUs!, lastsUs))
}

/** Whether machines of a run may send so; where the run is not known any may. */
type IsLink = (from: number, to: number) => boolean

const timeOf = (time: string | undefined): number | undefined =>
  time === undefined ? undefined : (Duration.parse(time) ?? Number.NaN)

/** The same at every place, and its end where it lasts. */
const lasting = (
  places: ReadonlyArray<object>,
  what: { readonly fault: Fault["fault"] },
  beginUs: number,
  lastsUs: number | undefined,
): ReadonlyArray<Fault> =>
  places.flatMap((place) => [
    { ...what, ...place, atUs: beginUs } as Fault,
    ...(lastsUs === undefined
      ? []
      : [{ fault: ends[what.fault as keyof typeof ends], ...place, atUs: beginUs + lastsUs } as Fault]),
  ])

/** Cuts every link of the run from one group to another. */
const partition = (
  text: string,
  match: RegExpExecArray | null,
  isLink: IsLink,
): Either.Either<ReadonlyArray<Fault>, string> => {
  const groups = (match?.[1] ?? "").split("|").map((group) => group.split(",").map(Number))
  const [beginUs, lastsUs] = [timeOf(match?.[2]), timeOf(match?.[3])]
  const named = groups.flat()
  const isWhole = named.every((machine) => Number.isInteger(machine) && machine > 0)
  if (match === null || groups.length < 2 || !isWhole || [beginUs, lastsUs].some(Number.isNaN))
    return refused(text)
  if (new Set(named).size < named.length)
    return Either.left(`must name each machine in one group, found ${JSON.stringify(text)}`)
  const places = groups.flatMap((group) =>
    group.flatMap((from) =>
      named.filter((to) => !group.includes(to) && isLink(from, to)).map((to) => ({ from, to })),
    ),
  )
  return places.length === 0
    ? Either.left(`must part machines that send to each other, found ${JSON.stringify(text)}`)
    : Either.right(lasting(places, { fault: "cut" }, beginUs!, lastsUs))
}

/** By time; of the same instant as they were given. */
export const inOrder = (faults: ReadonlyArray<Fault>): ReadonlyArray<Fault> =>
  [...faults].sort((a, b) => a.atUs - b.atUs)

/**
 * What lasts beyond the schedule ends with it: a machine that stands still or is gone then makes, or misses, the ticks
 * that were due.
 */
export const ended = (faults: ReadonlyArray<Fault>, durationUs: number): ReadonlyArray<Fault> => {
  const within = faults.map((fault) =>
    fault.atUs > durationUs && ["resume", "restart", "heal"].includes(fault.fault)
      ? { ...fault, atUs: durationUs }
      : fault,
  )
  /** How each machine that is not up must be brought up. */
  const open = new Map<number, "resume" | "restart">()
  for (const fault of inOrder(within)) {
    if (!("machine" in fault) || fault.atUs > durationUs) continue
    const end = open.get(fault.machine)
    if (fault.fault === "crash") open.set(fault.machine, "restart")
    else if (fault.fault === end) open.delete(fault.machine)
    else if (fault.fault === "pause" && end === undefined) open.set(fault.machine, "resume")
  }
  const ends = [...open].map(([machine, fault]): Fault => ({ fault, machine, atUs: durationUs }))
  return [...within, ...ends]
}

/** What is done to a run of this length, in order: what was asked for, and what ends with the schedule. */
export const planned = (faults: ReadonlyArray<Fault>, durationUs: number): ReadonlyArray<Fault> =>
  inOrder(ended(faults, durationUs)).filter(({ atUs }) => atUs <= durationUs)

/** Whether they do the same to the same at the same time. */
export const isSame = (one: Fault, other: Fault): boolean =>
  describe(one) === describe(other) && one.atUs === other.atUs

export { describe }

/** As `parse` reads it. */
export const write = (fault: Fault): string => `${describe(fault)} at ${Duration.exact(fault.atUs)}`

/** What a run of so many machines and these links cannot be asked for; undefined if it can. */
export const problem = (
  fault: Fault,
  machines: number,
  isLink: (from: number, to: number) => boolean,
): string | undefined => {
  const named = "machine" in fault ? [fault.machine] : [fault.from, fault.to]
  const stranger = named.find((one) => one < 1 || one > machines)
  if (stranger !== undefined) return `must name machines from 1 to ${machines}, found ${stranger}`
  if ("machine" in fault || isLink(fault.from, fault.to)) return undefined
  return `must name a link of the run, found that machine ${fault.from} does not send to ${fault.to}`
}
