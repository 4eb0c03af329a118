/** Which machines stand still, or are gone, as the faults so far have it. */
import type { Fault } from "../Fault.ts"

export interface Condition {
  readonly is: "up" | "paused" | "down"
  /** Since when, microseconds of the schedule. */
  readonly sinceUs: number
  /** For how long it was gone before. */
  readonly downUs: number
}

export type Standstill = Map<number, Condition>

const from: Readonly<Record<string, ReadonlyArray<Condition["is"]>>> = {
  pause: ["up"],
  resume: ["paused"],
  crash: ["up", "paused"],
  restart: ["down"],
}
const to = { pause: "paused", resume: "up", crash: "down", restart: "up" } as const

/** Takes the next fault; one that changes nothing is in vain. */
export const step = (standstill: Standstill, fault: Fault): void => {
  if (!("machine" in fault)) return
  const before = standstill.get(fault.machine)
  if (!from[fault.fault]!.includes(before?.is ?? "up")) return
  const downUs = before?.is === "down" ? fault.atUs - before.sinceUs : 0
  standstill.set(fault.machine, { is: to[fault.fault], sinceUs: fault.atUs, downUs })
}
