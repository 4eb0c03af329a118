/**
 * A run that goes on from a copied prefix of another, its parent: what it is asked to do otherwise, and the configuration
 * that says so. Of a virtual parent it makes the very events up to its place, since what it changes begins there; whoever
 * forks holds them against the parent's record all the same. Of a real parent they are copied (`Prefix`).
 */
import * as Either from "effect/Either"
import type { Change, Dropped } from "./Change.ts"
import type { Recorded } from "./ClockEvent.ts"
import * as Duration from "./Duration.ts"
import * as Fault from "./Fault.ts"
import type { Wish } from "./ForkWords.ts"
import * as Latency from "./Latency.ts"
import * as Reach from "./Reach.ts"
import * as RunConfig from "./RunConfig.ts"

/** Where in its parent's log a fork begins. */
export interface Place {
  /** Of the parent's log: this event is the last that both share. */
  readonly position: number
  /** Events of machines and faults up to it, and the latest of their times, microseconds of the schedule. */
  readonly after: number
  readonly atUs: number
}

/** What the parent's record says of a message that a fork is to drop. */
export interface Whereabouts {
  readonly drop: Dropped
  /** Where its send stands; undefined if there is no such. */
  readonly sentAt?: number
  /** When it came, microseconds of the schedule, and where the event stands that tells so. */
  readonly arrivedUs?: number
  readonly toldAt?: number
}

export interface Survey {
  readonly step: (event: Recorded) => void
  readonly place: (position: number) => Place
  readonly whereabouts: () => ReadonlyArray<Whereabouts>
}

const isIts = (
  { sender, sendVersion, recipient }: Dropped,
  event: Recorded,
  named: { readonly sender: number | null; readonly sendVersion: number | null },
): boolean => event.machine === recipient && named.sender === sender && named.sendVersion === sendVersion

/** Reads a parent's log: up to `until`, or the whole of it where messages are to be dropped. */
export const survey = (startUs: number, until: number | undefined, drops: ReadonlyArray<Dropped>): Survey => {
  let [after, latestUs] = [0, 0]
  const found: Array<Whereabouts> = drops.map((drop) => ({ drop }))
  /** Places at the sends, of which one may be where to fork. */
  const places = new Map<number, Place>()

  const look = (event: Recorded): void => {
    for (const [i, of] of found.entries()) {
      const { sender, sendVersion, recipient } = of.drop
      if (event.kind === "sent" && event.machine === sender && event.version === sendVersion) {
        if (event.payload.recipients.includes(recipient)) found[i] = { ...of, sentAt: event.position }
        places.set(event.position, { position: event.position, after, atUs: latestUs })
      }
      const named =
        event.kind === "received" || event.kind === "dropped"
          ? [event.payload]
          : event.kind === "stopped"
            ? event.payload.inbox
            : []
      const its = of.toldAt === undefined ? named.find((one) => isIts(of.drop, event, one)) : undefined
      if (its !== undefined)
        found[i] = { ...found[i]!, toldAt: event.position, arrivedUs: (its.arrivedAtUs ?? 0) - startUs }
    }
  }
  return {
    step: (event) => {
      if (until === undefined || event.position <= until)
        if (event.machine > 0 || event.kind === "fault-injected") {
          after++
          latestUs = Math.max(latestUs, event.occurredAtUs - startUs)
        }
      look(event)
    },
    place: (position) => places.get(position) ?? { position, after, atUs: latestUs },
    whereabouts: () => found,
  }
}

export interface Wishes {
  readonly changes: Omit<Change, "after" | "atUs" | "drops">
  readonly drops: ReadonlyArray<Dropped>
  readonly faults: ReadonlyArray<string>
}

/** The last of two that wish the same otherwise. */
export const wishes = (given: ReadonlyArray<Wish>): Wishes => ({
  changes: Object.assign({}, ...given.map((wish) => ("change" in wish ? wish.change : {}))),
  drops: given.flatMap((wish) => ("drop" in wish ? [wish.drop] : [])),
  faults: given.flatMap((wish) => ("fault" in wish ? [wish.fault] : [])),
})

const nameOf = ({ sender, sendVersion, recipient }: Dropped): string =>
  `${sender}/${sendVersion}->${recipient}`

/** Why a message cannot be dropped at its arrival in a fork from this place; undefined if it can. */
export const problemOfDrop = (
  { drop, sentAt, arrivedUs, toldAt }: Whereabouts,
  { position, atUs }: Place,
): string | undefined => {
  const name = `drop-message=${nameOf(drop)}`
  if (sentAt === undefined)
    return `${name} must name a message of the run, found no send ${drop.sender}/${drop.sendVersion} to machine ${drop.recipient}`
  const isThere =
    (toldAt !== undefined && toldAt <= position) || (arrivedUs !== undefined && arrivedUs <= atUs)
  return isThere
    ? `${name} must name a message that has not arrived at position ${position}, found that it came at ${Duration.exact(arrivedUs!)} of the schedule; --at ${sentAt} is where it is sent`
    : undefined
}

const faultsOf = (
  config: RunConfig.RunConfig,
  texts: ReadonlyArray<string>,
  { position, atUs }: Place,
): Either.Either<ReadonlyArray<Fault.Fault>, string> => {
  const reach = Reach.of(config)
  const isLink = (from: number, to: number): boolean =>
    Math.max(from, to) > config.machines || Reach.isLink(reach, from, to)
  const faults: Array<Fault.Fault> = []
  for (const text of texts) {
    const parsed = Fault.parse(text, isLink)
    if (Either.isLeft(parsed)) return Either.left(`fault ${parsed.left}`)
    const early = parsed.right.find((fault) => fault.atUs <= atUs)
    if (early !== undefined)
      return Either.left(
        `fault must be later than ${Duration.exact(atUs)} of the schedule, where position ${position} stands, found ${Fault.write(early)}`,
      )
    const late = parsed.right.every((fault) => fault.atUs > config.durationUs)
    if (late)
      return Either.left(
        `fault must be within the schedule of ${Duration.exact(config.durationUs)}, found ${JSON.stringify(text)}`,
      )
    faults.push(...parsed.right)
  }
  return Either.right(faults)
}

/** The fork's configuration, in virtual time whatever its parent was; the failure completes "--set ...". */
export const configOf = (
  given: RunConfig.RunConfig,
  place: Place,
  { changes, drops, faults: texts }: Wishes,
): Either.Either<RunConfig.RunConfig, string> => {
  const isCopied = given.mode === "real"
  const parent = isCopied ? ({ latency: Latency.standard, ...given, mode: "virtual" } as const) : given
  const isChanged = isCopied || Object.keys(changes).length + drops.length > 0
  const faults = faultsOf(parent, texts, place)
  if (Either.isLeft(faults)) return Either.left(faults.left)
  if (!isChanged && faults.right.length === 0) return Either.right(parent)
  const later = parent.changes?.find(({ after }) => after > place.after)
  if (later !== undefined)
    return Either.left(
      "must be left out at a position before the run's own fork, whose changes would come upon another course; fork its parent",
    )
  const { after, atUs } = place
  const all = Fault.inOrder(Fault.ended([...(parent.faults ?? []), ...faults.right], parent.durationUs))
  const change: Change = {
    ...{ after, atUs, ...changes },
    ...(isCopied ? { copied: true } : {}),
    ...(drops.length === 0 ? {} : { drops }),
  }
  const config = {
    ...parent,
    ...(all.length === 0 ? {} : { faults: all }),
    ...(isChanged ? { changes: [...(parent.changes ?? []), change] } : {}),
  }
  return Either.mapLeft(RunConfig.decode(config), ({ field, problem }) =>
    field === "changes" ? problem : `${field} ${problem}`,
  )
}
