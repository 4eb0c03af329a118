/** Carries out the faults of a run's configuration when they are due, each recorded before it is done. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Fault } from "../../domain/Fault.ts"
import type { LiveMachine } from "./LiveMachine.ts"
import type { Mesh } from "./Mesh.ts"
import type { MonotonicClock } from "./MonotonicClock.ts"

export interface Options {
  readonly faults: ReadonlyArray<Fault>
  /** How many of them a life before has recorded. */
  readonly done: number
  readonly startUs: number
  readonly clock: MonotonicClock
  readonly machines: ReadonlyArray<LiveMachine>
  readonly mesh: Pick<Mesh, "fault">
  readonly record: (fault: Fault) => void
}

const apply = ({ machines, mesh, clock, startUs, faults }: Options, fault: Fault): void => {
  if ("machine" in fault) {
    const machine = machines[fault.machine - 1]!
    if (fault.fault === "pause") machine.pause()
    if (fault.fault === "resume") machine.unpause()
    if (fault.fault === "crash") machine.crash()
    if (fault.fault === "restart") {
      const crashUs = faults.findLast(
        (other) => other.fault === "crash" && other.machine === fault.machine && other.atUs <= fault.atUs,
      )?.atUs
      machine.restart(Math.max(0, clock.nowUs() - startUs - (crashUs ?? fault.atUs)))
    }
  }
  mesh.fault(fault)
}

/** Puts machines and links into the state in which a life before left them; what had ended by then is nothing. */
export const takeUp = (options: Options): void => {
  const before = options.faults.slice(0, options.done)
  for (const [i, fault] of before.entries()) {
    const isOver =
      "machine" in fault &&
      before.slice(i + 1).some((later) => "machine" in later && later.machine === fault.machine)
    if (!isOver && fault.fault !== "restart") apply(options, fault)
  }
}

/** A timer may wake its sleeper before the time. */
const until = (clock: MonotonicClock, us: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const leftUs = us - clock.nowUs()
    if (leftUs <= 0) return Effect.void
    return Effect.zipRight(Effect.sleep(Duration.millis(Math.ceil(leftUs / 1_000))), until(clock, us))
  })

export const run = (options: Options): Effect.Effect<void> =>
  Effect.forEach(
    options.faults.slice(options.done),
    (fault) =>
      Effect.zipRight(
        until(options.clock, options.startUs + fault.atUs),
        Effect.sync(() => {
          options.record(fault)
          apply(options, fault)
        }),
      ),
    { discard: true },
  )
