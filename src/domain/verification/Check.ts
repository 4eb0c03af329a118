/** One invariant while a log is being examined: how much was really looked at, and what did not hold. */
import * as Limits from "../Limits.ts"

export type Invariant = "log" | "clock-condition" | "messages" | "queues" | "schedule"

export interface Failure {
  readonly rule: string
  /** Addresses (machine/version) of the events at fault, the one that revealed it last. */
  readonly events: ReadonlyArray<string>
  /** What must hold and what was found. */
  readonly message: string
}

export interface CheckResult {
  readonly invariant: Invariant
  /** What was examined; 0 means that there was nothing to check, which is not the same as holding. */
  readonly checked: number
  readonly failures: ReadonlyArray<Failure>
  /** Failures beyond `Limits.maxListedFailures`, counted only. */
  readonly moreFailures?: number
}

export interface Check {
  checked: number
  readonly fail: (rule: string, events: ReadonlyArray<string>, message: string) => void
  readonly result: () => CheckResult
}

export const make = (invariant: Invariant): Check => {
  const failures: Array<Failure> = []
  let more = 0
  return {
    checked: 0,
    fail: (rule, events, message) => {
      if (failures.length < Limits.maxListedFailures) failures.push({ rule, events, message })
      else more++
    },
    result() {
      const result = { invariant, checked: this.checked, failures: [...failures] }
      return more === 0 ? result : { ...result, moreFailures: more }
    },
  }
}
