/**
 * `why`: what set the clock of an event, and the chain of causes back to L = 1 (`Chain` says why it has exactly
 * L events).
 *
 * `--json` prints one object:
 *
 *     {run, event, setBy: {by, own, message}, lastJump, chain, complete}
 *
 * event: {event, kind, lamport, position, occurredAt}. by: "step", "message", or "both" where the message's clock
 * was the machine's own; own: the machine's clock before; message: {event, lamport} of the send, or null, also where
 * an imported log does not tell which send it was.
 * lastJump: {event, from, to, because: {event, lamport}}, the last receipt on the chain that raised its machine's
 * clock by more than 1, or null. chain: the latest leg first, [{machine, first, last, jump}, ...], of consecutive
 * events of one machine; first, last: {event, lamport}; jump: {own, because: {event, lamport}} where a message
 * brought the first about, or null. complete: whether the chain was followed to L = 1. An event of an imported log
 * has also its machine's `name`, its `label` and its `line`, where it has any; and where its log does not tell all
 * of the chain, `untold` says what is missing.
 */
import * as Effect from "effect/Effect"
import * as Causality from "../domain/Causality.ts"
import { type AnyClockEvent, address, type Logged } from "../domain/ClockEvent.ts"
import type { Chain, Leg } from "../domain/causality/Chain.ts"
import type { Imported } from "../domain/Imported.ts"
import * as LamportClock from "../domain/LamportClock.ts"
import * as Limits from "../domain/Limits.ts"
import { UsageError } from "../domain/UsageError.ts"
import { ofRun, RecordContradicts } from "../persistence/inquiry/RecordContradicts.ts"
import * as StreamWindow from "../persistence/StreamWindow.ts"
import * as ClockEventNamed from "./ClockEventNamed.ts"
import { pointToJson, type Telling, telling, toNamedJson } from "./ClockEventNamed.ts"
import * as MachineNames from "./MachineNames.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"
import { table } from "./Table.ts"

/** Legs of the chain that are printed from its end and from its beginning; `--json` has all. */
const legsPrinted = { latest: 8, earliest: 3 }

interface Explained {
  readonly chain: Chain
  /** Why an imported log does not tell more of it. */
  readonly untold: string | undefined
}

interface Message {
  readonly clock: number
  readonly words: string
}

/**
 * The message that a receipt took, where its clock is known. An imported log need not tell which send it was; then the
 * receipt says the clock, or by the rule it can only have been one lower than the receipt's.
 */
const messageOf = ({ event, setBy: { own, send } }: Chain, tell = telling()): Message | undefined => {
  if (send !== undefined) return { clock: send.lamport, words: `the message ${tell.withClock(send)}` }
  if (event.kind !== "received") return undefined
  const { senderLamport } = event.payload
  if (senderLamport !== null)
    return { clock: senderLamport, words: `the message (which carried ${senderLamport})` }
  const clock = event.lamport - 1
  return clock > own ? { clock, words: `the message (whose clock must have been ${clock})` } : undefined
}

const clockByRule = (chain: Chain): number =>
  LamportClock.receive(chain.setBy.own, messageOf(chain)?.clock ?? LamportClock.initial)

const explain = (
  store: Store.Store,
  run: string,
  wanted: Causality.Address.Address,
  imported: Imported | undefined,
) =>
  Effect.gen(function* () {
    const doing = `explain ${address(wanted)}`
    const event = yield* ClockEventNamed.find(store, run, doing, wanted)
    if (event.lamport === null)
      return yield* new UsageError({
        message: `Cannot ${doing}: it must have a clock, found none in its log`,
      })
    if (imported?.says.includes("kind") === false)
      return yield* new UsageError({
        message: `Cannot ${doing}: the log must say which of its events were sends and receipts, found no word of it`,
      })
    const walk = Causality.Chain.walk(wanted, Limits.maxLegsOfChain)
    let leg: number | undefined
    let events = Limits.eventsLookedBackOn
    for (let next = walk.wanted(); next !== undefined; next = walk.wanted()) {
      events = next.machine === leg ? Math.min(4 * events, Limits.eventsPerPage) : Limits.eventsLookedBackOn
      leg = next.machine
      const window = yield* StreamWindow.read(store.database.db, {
        run,
        machine: next.machine,
        upTo: next.version,
        events,
      })
      for (const event of window) {
        const want = walk.wanted()
        if (want === undefined || !Causality.Address.same(want, event)) break
        walk.step(event)
      }
      if (walk.wanted() === next)
        return yield* new RecordContradicts({
          run,
          doing,
          problem: `there must be an event ${address(next)}, found none`,
        })
    }
    const problem = walk.problem()
    if (problem !== undefined && imported !== undefined && !walk.isSettled())
      return yield* new UsageError({ message: `Cannot ${doing}: ${problem}` })
    const chain = walk.finish()
    if (problem !== undefined && imported === undefined)
      return yield* new RecordContradicts({ run, doing, problem })
    const clock = clockByRule(chain)
    if (chain.event.lamport !== clock)
      return yield* new RecordContradicts({
        run,
        doing,
        problem: `it must be ${clock}, found ${chain.event.lamport}`,
      })
    return { chain, untold: problem } satisfies Explained
  })

const setBy = (chain: Chain): "step" | "message" | "both" => {
  const { own } = chain.setBy
  const clock = messageOf(chain)?.clock
  if (clock === undefined || clock < own) return "step"
  return clock === own ? "both" : "message"
}

const jumpToJson = ({ first, jump }: Leg) =>
  jump === undefined
    ? null
    : { event: address(first), from: jump.own, to: first.lamport, because: pointToJson(jump.send) }

const document = (run: string, { chain, untold }: Explained, names: ReadonlyArray<string>) => ({
  run,
  event: toNamedJson(chain.event, names),
  setBy: {
    by: setBy(chain),
    own: chain.setBy.own,
    message: chain.setBy.send === undefined ? null : pointToJson(chain.setBy.send),
  },
  lastJump: chain.legs[0] === undefined ? null : jumpToJson(chain.legs[0]),
  chain: chain.legs.map(({ first, last, jump }) => ({
    machine: first.machine,
    first: pointToJson(first),
    last: pointToJson(last),
    jump: jump === undefined ? null : { own: jump.own, because: pointToJson(jump.send) },
  })),
  complete: chain.complete,
  ...(untold === undefined ? {} : { untold }),
})

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

const reason = (chain: Chain, tell: Telling): string => {
  const { own } = chain.setBy
  const { kind, lamport } = chain.event
  const message = messageOf(chain, tell)
  if (message === undefined)
    return kind === "received"
      ? `L = ${own} + 1, so the clock of the message cannot have been above its own`
      : `its own step: L = ${own} + 1`
  const rule = `max(${own}, ${message.clock}) + 1 = ${lamport}`
  switch (setBy(chain)) {
    case "message":
      return `${message.words} set it: ${rule}`
    case "both":
      return `its own clock and that of ${message.words} were the same: ${rule}`
    case "step":
      return `its own clock was ahead of ${message.words}: ${rule}`
  }
}

/** The last jump, where it is not the event itself. */
const lastJump = ({ event, legs: [leg] }: Chain, { withClock }: Telling): ReadonlyArray<string> => {
  if (leg === undefined) return []
  const { first, jump } = leg
  const steps = event.lamport - first.lamport
  if (jump === undefined)
    return [
      `no message has raised machine ${event.machine}'s clock so far: it counts the machine's own events`,
    ]
  const jumped = `jumped from ${jump.own} to ${first.lamport} because of ${withClock(jump.send)}`
  return steps === 0
    ? [`the clock ${jumped}`]
    : [`${plural(steps, "own step")} before, at ${address(first)}, the clock ${jumped}`]
}

const row = ({ first, last, jump }: Leg, { withClock }: Telling): ReadonlyArray<string> => [
  first.version === last.version ? address(first) : `${address(first)} to ${address(last)}`,
  first.lamport === last.lamport ? `${first.lamport}` : `${first.lamport} to ${last.lamport}`,
  jump === undefined
    ? `begins with machine ${first.machine}'s first clock event: L = 0 + 1`
    : `begins with the receipt of ${withClock(jump.send)}: max(${jump.own}, ${jump.send.lamport}) + 1`,
]

const chainLines = ({ event, legs, complete }: Chain, tell: Telling): ReadonlyArray<string> => {
  const { latest, earliest } = legsPrinted
  const rows = (some: ReadonlyArray<Leg>) => some.map((leg) => row(leg, tell))
  const hidden = legs.length - latest - earliest
  const shown =
    hidden <= 1
      ? rows(legs)
      : [
          ...rows(legs.slice(0, latest)),
          ["...", "...", `${hidden} such changes of machine more`],
          ...rows(legs.slice(-earliest)),
        ]
  if (!complete) {
    const left = legs[legs.length - 1]!.jump!.send.lamport
    shown.push(["...", `1 to ${left}`, "not followed further back"])
  }
  return [
    `back to L = 1, a chain of ${plural(event.lamport, "event")}, each the cause of the one above it; no longer chain ends in ${address(event)}:`,
    ...table(["events", "L", ""], shown).map((text) => `  ${text}`),
  ]
}

interface Described {
  readonly imported: Imported | undefined
  readonly names: ReadonlyArray<string>
}

/** Where an event stands in an imported log, and whether its clock is the log's. */
const place = ({ payload }: Logged<AnyClockEvent>, imported: Imported | undefined): ReadonlyArray<string> => {
  if (imported === undefined) return []
  const file = imported.files[(payload.file ?? 1) - 1]
  return [
    ...(payload.line === undefined || file === undefined
      ? []
      : [`  ${MachineNames.whole(file)}:${payload.line}`]),
    ...(payload.derived?.includes("lamport") === true
      ? ["  its log does not say its clock: this one is ours, derived from the messages"]
      : []),
  ]
}

const lines = (
  run: string,
  { chain, untold }: Explained,
  { imported, names }: Described,
): ReadonlyArray<string> => {
  const { event, legs } = chain
  const tell = telling(names)
  const jump = legs[0]?.jump
  return [
    `${tell.withClock(event)} ${tell.what(event)}`,
    ...place(event, imported),
    `  ${reason(chain, tell)}`,
    ...lastJump(chain, tell).map((text) => `  ${text}`),
    "",
    ...(event.lamport === 1 || legs.length === 0 ? [] : [...chainLines(chain, tell), ""]),
    ...(untold === undefined ? [] : [`the chain is not told any further: ${untold}`, ""]),
    jump === undefined ? `next: lightcone relate ${run}` : `next: lightcone why ${run} ${address(jump.send)}`,
  ]
}

export const command = (
  reference: string,
  word: string,
  options: Record<string, unknown>,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const wanted = yield* ClockEventNamed.parse("explain an event", word)
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const described = yield* MachineNames.described(store.database.db, run)
    const explained = yield* explain(store, run, wanted, described.imported).pipe(
      Effect.catchTag("RecordContradicts", ofRun(described.imported !== undefined)),
    )
    if (options.json === true) yield* json(document(run, explained, described.names))
    else for (const text of lines(run, explained, described)) yield* line(harmless(text))
    return 0
  }).pipe(Effect.scoped)
