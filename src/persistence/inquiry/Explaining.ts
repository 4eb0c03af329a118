/**
 * What set the clock of an event of the store, and the chain of causes back to L = 1.
 *
 * As JSON:
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
import * as Causality from "../../domain/Causality.ts"
import { address } from "../../domain/ClockEvent.ts"
import type { Chain, Leg } from "../../domain/causality/Chain.ts"
import type { Imported } from "../../domain/Imported.ts"
import * as LamportClock from "../../domain/LamportClock.ts"
import * as Limits from "../../domain/Limits.ts"
import { UsageError } from "../../domain/UsageError.ts"
import type * as Query from "../Query.ts"
import * as StreamWindow from "../StreamWindow.ts"
import * as NamedEvent from "./NamedEvent.ts"
import { pointToJson, toNamedJson } from "./NamedEvent.ts"
import { RecordContradicts } from "./RecordContradicts.ts"

export interface Explained {
  readonly chain: Chain
  /** Why an imported log does not tell more of it. */
  readonly untold: string | undefined
}

/**
 * The clock of the message that a receipt took, where it is known. An imported log need not tell which send it was; then the
 * receipt says the clock, or by the rule it can only have been one lower than the receipt's.
 */
export const messageClock = ({ event, setBy: { own, send } }: Chain): number | undefined => {
  if (send !== undefined) return send.lamport
  if (event.kind !== "received") return undefined
  if (event.payload.senderLamport !== null) return event.payload.senderLamport
  const clock = event.lamport - 1
  return clock > own ? clock : undefined
}

const clockByRule = (chain: Chain): number =>
  LamportClock.receive(chain.setBy.own, messageClock(chain) ?? LamportClock.initial)

export const explain = (
  db: Query.Db,
  run: string,
  wanted: Causality.Address.Address,
  imported: Imported | undefined,
) =>
  Effect.gen(function* () {
    const doing = `explain ${address(wanted)}`
    const event = yield* NamedEvent.find(db, run, doing, wanted)
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
      const window = yield* StreamWindow.read(db, {
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

export const setBy = (chain: Chain): "step" | "message" | "both" => {
  const { own } = chain.setBy
  const clock = messageClock(chain)
  if (clock === undefined || clock < own) return "step"
  return clock === own ? "both" : "message"
}

const jumpToJson = ({ first, jump }: Leg) =>
  jump === undefined
    ? null
    : { event: address(first), from: jump.own, to: first.lamport, because: pointToJson(jump.send) }

export const toJson = (run: string, { chain, untold }: Explained, names: ReadonlyArray<string>) => ({
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
