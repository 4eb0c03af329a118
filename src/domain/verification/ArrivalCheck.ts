/**
 * Queue lengths of an imported log, where it says when messages arrived: held to arrivals minus takings as those of our own
 * runs are. A machine is looked at from where its inbox is first seen empty, as long as its events say enough.
 */
import type { AnyClockEvent, Logged, MachineEvent } from "../ClockEvent.ts"
import type { Check } from "./Check.ts"
import * as Queues from "./Queues.ts"
import type { Setting } from "./Setting.ts"

export interface ArrivalCheck {
  readonly step: (event: Logged<AnyClockEvent>) => void
  readonly finish: () => void
}

/** `fail` hears of the events that clash, the one at fault first; `counted` of each length that was looked at. */
export const make = (
  startUs: number,
  fail: (events: ReadonlyArray<string>, message: string) => void,
  counted: () => void,
): ArrivalCheck => {
  const living: Array<boolean | undefined> = []
  const noCounts = () => new Proxy({}, { get: () => 0, set: () => true }) as Record<string, number>
  const account = (isTold: (rule: string) => boolean) => ({
    checked: 0,
    counted: noCounts(),
    isWrong: () => false,
    fail: (rule: string, events: ReadonlyArray<string>, message: string) => {
      if (isTold(rule)) fail(events, message)
      return { rule, events, message, position: 0 }
    },
    result: () => {
      throw new Error("An account that nobody asks for has no result")
    },
  })
  // Stamps of coarse clocks may be the same, and what a tick must do is not said: lengths alone are asked.
  const queues = Queues.make(
    account((rule) => rule === "length") as unknown as Check<"queues">,
    account(() => false) as unknown as Check<"log">,
    {
      config: { capacity: Number.MAX_SAFE_INTEGER, overflow: "backpressure" },
      startUs,
    } as unknown as Setting,
  )

  const isTold = (event: Logged<AnyClockEvent>): boolean =>
    event.queueLength !== null &&
    event.payload.derived?.includes("occurredAt") !== true &&
    (event.kind !== "received" || event.payload.arrivedAtUs !== null)

  return {
    step: (event) => {
      const { machine } = event
      if (living[machine] === false) return
      if (!isTold(event)) {
        living[machine] = false
        return
      }
      if (living[machine] === true) {
        counted()
        queues.step(event as Logged<MachineEvent>)
      } else if (event.queueLength === 0) {
        living[machine] = true
        queues.step({ ...event, kind: "started" } as unknown as Logged<MachineEvent>)
      }
    },
    finish: queues.finish,
  }
}
