/**
 * Logs in which machines mostly speak in turn, so that all events may be ordered for long: the moves are drawn,
 * the clocks follow Lamport's rules. Real runs are concurrent from their first events on.
 */
import fc from "fast-check"
import type { Logged } from "../../src/domain/ClockEvent.ts"

interface Move {
  readonly turn: "steps" | "pass" | "pass-twice" | "stray-step" | "stray-receipt"
  readonly machine: number
  readonly steps: number
  readonly swapped: boolean
}

interface Waiting {
  readonly sender: number
  readonly sendVersion: number
  readonly senderLamport: number
}

const builder = (machines: number) => {
  const log: Array<Logged> = []
  const versions = new Array<number>(machines + 1).fill(0)
  const clocks = new Array<number>(machines + 1).fill(0)
  const inboxes = Array.from({ length: machines + 1 }, (): Array<Waiting> => [])
  const stamp = (machine: number, lamport: number) => {
    versions[machine]!++
    clocks[machine] = lamport
    const position = log.length + 1
    return { position, machine, version: versions[machine]!, occurredAtUs: position, lamport, queueLength: 0 }
  }
  const step = (machine: number) =>
    log.push({ ...stamp(machine, clocks[machine]! + 1), kind: "internal", payload: {} })
  const send = (machine: number, recipient: number) => {
    const at = stamp(machine, clocks[machine]! + 1)
    log.push({ ...at, kind: "sent", payload: { recipients: [recipient] } })
    inboxes[recipient]!.push({ sender: machine, sendVersion: at.version, senderLamport: at.lamport })
  }
  const receive = (machine: number) => {
    const taken = inboxes[machine]!.shift()
    if (taken === undefined) return step(machine)
    const at = stamp(machine, Math.max(clocks[machine]!, taken.senderLamport) + 1)
    log.push({ ...at, kind: "received", payload: { ...taken, sentAtUs: 0, arrivedAtUs: 0 } })
  }
  return { log, step, send, receive }
}

const play = (machines: number, moves: ReadonlyArray<Move>): ReadonlyArray<Logged> => {
  const { log, step, send, receive } = builder(machines)
  let speaker = 1
  for (const { turn, machine, steps, swapped } of moves) {
    const other = machine === speaker ? (machine % machines) + 1 : machine
    switch (turn) {
      case "steps":
        for (let i = 0; i < steps; i++) step(speaker)
        break
      case "stray-step":
        step(other)
        break
      case "stray-receipt":
        receive(other)
        break
      case "pass":
        send(speaker, other)
        receive(other)
        speaker = other
        break
      case "pass-twice":
        send(speaker, other)
        if (swapped) {
          receive(other)
          send(speaker, other)
        } else {
          send(speaker, other)
          receive(other)
        }
        receive(other)
        speaker = other
        break
    }
  }
  return log
}

export const turnLog: fc.Arbitrary<ReadonlyArray<Logged>> = fc.integer({ min: 2, max: 5 }).chain((machines) =>
  fc
    .array(
      fc.record({
        turn: fc.oneof(
          { weight: 4, arbitrary: fc.constant("steps" as const) },
          { weight: 10, arbitrary: fc.constant("pass" as const) },
          { weight: 10, arbitrary: fc.constant("pass-twice" as const) },
          { weight: 1, arbitrary: fc.constantFrom("stray-step" as const, "stray-receipt" as const) },
        ),
        machine: fc.integer({ min: 1, max: machines }),
        steps: fc.integer({ min: 1, max: 3 }),
        swapped: fc.boolean(),
      }),
      { maxLength: 30 },
    )
    .map((moves) => play(machines, moves)),
)
