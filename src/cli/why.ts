/**
 * `why`: what set the clock of an event, and the chain of causes back to L = 1 (`Chain` says why it has exactly
 * L events).
 *
 * `--json` prints one object:
 *
 *     {run, event, setBy: {by, own, message}, lastJump, chain, complete}
 *
 * event: {event, kind, lamport, position, occurredAt}. by: "step", "message", or "both" where the message's clock
 * was the machine's own; own: the machine's clock before; message: {event, lamport} of the send, or null.
 * lastJump: {event, from, to, because: {event, lamport}}, the last receipt on the chain that raised its machine's
 * clock by more than 1, or null. chain: the latest leg first, [{machine, first, last, jump}, ...], of consecutive
 * events of one machine; first, last: {event, lamport}; jump: {own, because: {event, lamport}} where a message
 * brought the first about, or null. complete: whether the chain was followed to L = 1.
 */
import * as Effect from "effect/Effect"
import * as Causality from "../domain/Causality.ts"
import { address } from "../domain/ClockEvent.ts"
import type { Chain, Leg } from "../domain/causality/Chain.ts"
import * as Limits from "../domain/Limits.ts"
import * as StreamWindow from "../persistence/StreamWindow.ts"
import * as ClockEventNamed from "./ClockEventNamed.ts"
import { pointToJson, toJson, what, withClock } from "./ClockEventNamed.ts"
import * as MachineNames from "./MachineNames.ts"
import { harmless, json, line } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import { RecordContradicts } from "./RecordContradicts.ts"
import * as Store from "./Store.ts"
import { table } from "./Table.ts"

/** Legs of the chain that are printed from its end and from its beginning; `--json` has all. */
const legsPrinted = { latest: 8, earliest: 3 }

const explain = (store: Store.Store, run: string, wanted: Causality.Address.Address) =>
  Effect.gen(function* () {
    const doing = `explain ${address(wanted)}`
    yield* ClockEventNamed.find(store, run, doing, wanted)
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
    if (problem !== undefined) return yield* new RecordContradicts({ run, doing, problem })
    return walk.finish()
  })

const setBy = ({ setBy: { own, send } }: Chain): "step" | "message" | "both" => {
  if (send === undefined || send.lamport < own) return "step"
  return send.lamport === own ? "both" : "message"
}

const jumpToJson = ({ first, jump }: Leg) =>
  jump === undefined
    ? null
    : { event: address(first), from: jump.own, to: first.lamport, because: pointToJson(jump.send) }

const document = (run: string, chain: Chain) => ({
  run,
  event: toJson(chain.event),
  setBy: {
    by: setBy(chain),
    own: chain.setBy.own,
    message: chain.setBy.send === undefined ? null : pointToJson(chain.setBy.send),
  },
  lastJump: jumpToJson(chain.legs[0]!),
  chain: chain.legs.map(({ first, last, jump }) => ({
    machine: first.machine,
    first: pointToJson(first),
    last: pointToJson(last),
    jump: jump === undefined ? null : { own: jump.own, because: pointToJson(jump.send) },
  })),
  complete: chain.complete,
})

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`

const reason = (chain: Chain): string => {
  const { own, send } = chain.setBy
  const { lamport } = chain.event
  if (send === undefined) return `its own step: L = ${own} + 1`
  const rule = `max(${own}, ${send.lamport}) + 1 = ${lamport}`
  switch (setBy(chain)) {
    case "message":
      return `the message ${withClock(send)} set it: ${rule}`
    case "both":
      return `its own clock and that of the message ${withClock(send)} were the same: ${rule}`
    case "step":
      return `its own clock was ahead of the message ${withClock(send)}: ${rule}`
  }
}

/** The last jump, where it is not the event itself. */
const lastJump = ({ event, legs: [leg] }: Chain): ReadonlyArray<string> => {
  const { first, jump } = leg!
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

const row = ({ first, last, jump }: Leg): ReadonlyArray<string> => [
  first.version === last.version ? address(first) : `${address(first)} to ${address(last)}`,
  first.lamport === last.lamport ? `${first.lamport}` : `${first.lamport} to ${last.lamport}`,
  jump === undefined
    ? `begins with machine ${first.machine}'s first clock event: L = 0 + 1`
    : `begins with the receipt of ${withClock(jump.send)}: max(${jump.own}, ${jump.send.lamport}) + 1`,
]

const chainLines = ({ event, legs, complete }: Chain): ReadonlyArray<string> => {
  const { latest, earliest } = legsPrinted
  const rows = legs.map(row)
  const hidden = rows.length - latest - earliest
  const shown =
    hidden <= 1
      ? rows
      : [
          ...rows.slice(0, latest),
          ["...", "...", `${hidden} such changes of machine more`],
          ...rows.slice(-earliest),
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

const lines = (run: string, chain: Chain): ReadonlyArray<string> => {
  const { event, legs } = chain
  const jump = legs[0]!.jump
  return [
    `${withClock(event)} ${what(event)}`,
    `  ${reason(chain)}`,
    ...lastJump(chain).map((text) => `  ${text}`),
    "",
    ...(event.lamport === 1 ? [] : [...chainLines(chain), ""]),
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
    const chain = yield* explain(store, run, wanted)
    if (options.json === true) yield* json(document(run, chain))
    else {
      const names = yield* MachineNames.of(store.database.db, run)
      for (const text of [...lines(run, chain), ...MachineNames.legend(names)]) yield* line(harmless(text))
    }
    return 0
  }).pipe(Effect.scoped)
