/** `why`: what set the clock of an event, told in lines; `Explaining` finds it, and says what `--json` prints. */
import * as Effect from "effect/Effect"
import { type AnyClockEvent, address, type Logged } from "../domain/ClockEvent.ts"
import type { Chain, Leg } from "../domain/causality/Chain.ts"
import type { Imported } from "../domain/Imported.ts"
import * as Explaining from "../persistence/inquiry/Explaining.ts"
import * as MachineNames from "../persistence/inquiry/MachineNames.ts"
import * as NamedEvent from "../persistence/inquiry/NamedEvent.ts"
import { ofRun } from "../persistence/inquiry/RecordContradicts.ts"
import { type Telling, telling } from "./EventTelling.ts"
import * as NameInLine from "./NameInLine.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as Store from "./Store.ts"
import { table } from "./Table.ts"

/** Legs of the chain that are printed from its end and from its beginning; `--json` has all. */
const legsPrinted = { latest: 8, earliest: 3 }

/** The message that a receipt took, in words, where its clock is known. */
const messageWords = (chain: Chain, tell: Telling): string => {
  const { event, setBy } = chain
  if (setBy.send !== undefined) return `the message ${tell.withClock(setBy.send)}`
  const said = event.kind === "received" && event.payload.senderLamport !== null
  const clock = Explaining.messageClock(chain)
  return said ? `the message (which carried ${clock})` : `the message (whose clock must have been ${clock})`
}

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

const reason = (chain: Chain, tell: Telling): string => {
  const { own } = chain.setBy
  const { kind, lamport } = chain.event
  const clock = Explaining.messageClock(chain)
  if (clock === undefined)
    return kind === "received"
      ? `L = ${own} + 1, so the clock of the message cannot have been above its own`
      : `its own step: L = ${own} + 1`
  const message = messageWords(chain, tell)
  const rule = `max(${own}, ${clock}) + 1 = ${lamport}`
  switch (Explaining.setBy(chain)) {
    case "message":
      return `${message} set it: ${rule}`
    case "both":
      return `its own clock and that of ${message} were the same: ${rule}`
    case "step":
      return `its own clock was ahead of ${message}: ${rule}`
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
      : [`  ${NameInLine.whole(file)}:${payload.line}`]),
    ...(payload.derived?.includes("lamport") === true
      ? ["  its log does not say its clock: this one is ours, derived from the messages"]
      : []),
  ]
}

const lines = (
  run: string,
  { chain, untold }: Explaining.Explained,
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
    const wanted = yield* NamedEvent.parse("explain an event", word)
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    const described = yield* MachineNames.described(store.database.db, run)
    const explained = yield* Explaining.explain(store.database.db, run, wanted, described.imported).pipe(
      Effect.catchTag("RecordContradicts", ofRun(described.imported !== undefined)),
    )
    if (options.json === true) yield* json(Explaining.toJson(run, explained, described.names))
    else for (const text of lines(run, explained, described)) yield* line(harmless(text))
    return 0
  }).pipe(Effect.scoped)
