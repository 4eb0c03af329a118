/** `events`: a run's log, one event a line, as it stands or as it grows. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { address, type Derived, isClockEvent, type Recorded } from "../domain/ClockEvent.ts"
import { toIso } from "../domain/EventPayload.ts"
import * as Fault from "../domain/Fault.ts"
import * as Limits from "../domain/Limits.ts"
import * as MachineList from "../domain/MachineList.ts"
import type { AnyDelivery } from "../domain/Message.ts"
import * as Purpose from "../domain/Purpose.ts"
import { UsageError } from "../domain/UsageError.ts"
import { held } from "../interchange/MachineLog.ts"
import * as EventCodec from "../persistence/EventCodec.ts"
import * as MachineNames from "../persistence/inquiry/MachineNames.ts"
import * as NameInLine from "./NameInLine.ts"
import { harmless, isRead, out } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"
import { showDuration } from "./Units.ts"

const whole = (
  options: Record<string, unknown>,
  name: string,
): Effect.Effect<number | undefined, UsageError> => {
  const given = options[name]
  if (given === undefined) return Effect.succeed(undefined)
  return /^\d{1,15}$/.test(String(given))
    ? Effect.succeed(Number(given))
    : Effect.fail(
        new UsageError({
          message: `Cannot list events: --${name} must be a whole number from 0, found ${JSON.stringify(given)}`,
        }),
      )
}

const message = ({ sender, sendVersion }: AnyDelivery): string =>
  sendVersion === null
    ? `a message of ${sender === null ? "nobody known" : `machine ${sender}`}`
    : `${sender}/${sendVersion}`

const carried = ({ senderLamport }: AnyDelivery): string =>
  senderLamport === null ? "" : `, which carried ${senderLamport}`

const what = (event: Recorded): string => {
  switch (event.kind) {
    case "sent":
      return `to ${MachineList.inWords(event.payload.recipients) || "nobody known"}`
    case "received":
      return `${message(event.payload)}${carried(event.payload)}${held(event.payload)}`
    case "dropped":
      return `${message(event.payload)} (${event.payload.reason})`
    case "started":
      return `at ${event.payload.rate} ticks a second, peers ${MachineList.inWords(event.payload.peers) || "none"}`
    case "missed":
      return `ticks ${event.payload.first} to ${event.payload.first + event.payload.count - 1} (${event.payload.reason})`
    case "stopped":
      return `${event.payload.reason}, ${event.payload.inbox.length} left in the inbox`
    case "run-imported":
      return `${event.payload.machines} machines, from ${event.payload.format}: ${event.payload.files.join(", ")}`
    case "fault-injected":
      return Fault.describe(event.payload)
    case "run-resumed":
      return `after ${showDuration(event.payload.downUs)}`
    case "run-forked": {
      const { parent, set } = event.payload
      return `from ${parent.run} at ${parent.position}${set.length === 0 ? "" : `, with ${set.join(", ")}`}`
    }
    case "run-requested":
      return `${event.payload.config.machines} machines, seed ${event.payload.config.seed}`
    case "run-started":
      return `${event.payload.machines} machines, seed ${event.payload.seed}`
    default:
      return ""
  }
}

const longestName = 16

/** An imported log's clock may be ours, and its queue not known. */
const stateOf = (event: Recorded, derived: ReadonlyArray<Derived>): string => {
  if (!("lamport" in event)) return ""
  const clock = event.lamport === null ? "" : `L=${derived.includes("lamport") ? "~" : ""}${event.lamport}`
  return event.queueLength === null ? clock : `${clock || "L=?"} queue=${event.queueLength}`
}

const timeLength = toIso(0).length
const yearUs = 366 * 86_400 * 1_000_000

/** Times of 1970 are those that an imported log counts from a start of its own. */
const timeOf = (us: number): string => (us < yearUs ? `${(us / 1_000_000).toFixed(6)} s` : toIso(us))

/** An event a line, whatever its texts hold; the time is not there where it is not the log's. */
const readable = (event: Recorded, names: ReadonlyArray<string>): string => {
  const derived = "derived" in event.payload ? (event.payload.derived ?? []) : []
  const when = derived.includes("occurredAt") ? "-" : timeOf(event.occurredAtUs)
  const name = NameInLine.inLine(MachineNames.nameOf(names, event.machine) ?? "", longestName)
  const where = `${String(event.position).padStart(6)}  ${when.padEnd(timeLength)}  ${address(event).padEnd(8)}${names.length === 0 ? "" : ` ${name.padEnd(longestName)}`}`
  const said = isClockEvent(event) ? Purpose.said(event.payload) : undefined
  const state = stateOf(event, derived).padEnd(18)
  const text = `${where} ${event.kind.padEnd(12)} ${state} ${what(event)}${said === undefined ? "" : ` (${said})`}`
  return harmless(text.replaceAll(/[\n\t]/g, " ").trimEnd())
}

export const command = (reference: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const machine = yield* whole(options, "machine")
    let after = (yield* whole(options, "from")) ?? 0
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const names = yield* MachineNames.of(store.database.db, run)
    const show = (event: Recorded) =>
      options.json === true ? JSON.stringify(EventCodec.toJson(event, run)) : readable(event, names)
    const only = machine === undefined ? {} : { machine }
    // Asked before the log is read: what is written last, before the run is given up, comes after an empty page otherwise.
    const mayGrow = () =>
      options.follow === true
        ? Effect.map(store.log.head(run), ({ leased }) => leased)
        : Effect.succeed(false)
    let grows = yield* mayGrow()
    while (isRead()) {
      const page = yield* store.log.read({ run, after, limit: Limits.eventsPerPage, ...only })
      if (page.length > 0) {
        yield* out(`${page.map(show).join("\n")}\n`)
        after = page[page.length - 1]!.position
      } else if (grows) {
        yield* Effect.sleep(Duration.millis(Limits.followPollMs))
        grows = yield* mayGrow()
      } else return 0
    }
    return 0
  }).pipe(Effect.scoped)
