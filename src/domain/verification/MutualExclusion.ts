/**
 * Invariant `mutual-exclusion`, of workload mutex, from the record alone: it knows when machines requested, entered, left
 * and released, and who knew of whom by messages, and nothing of how the machines decide.
 *
 * Every machine counts, in vectors that messages carry, how often it knows each to have left. So a section overlaps none
 * before it exactly if, as it is entered, every entering of the record is known to have been followed by its leaving.
 */
import { address, type Logged, type MachineEvent } from "../ClockEvent.ts"
import { VectorClocks } from "../VectorClock.ts"
import * as Mutex from "../workload/Mutex.ts"
import { Calm } from "./Calm.ts"
import type { Check } from "./Check.ts"
import { Purposes } from "./Purposes.ts"
import { at, type Setting } from "./Setting.ts"
import type { WorkloadCheck } from "./WorkloadCheck.ts"

/** What a machine has done last for its critical section. */
type Step = "request" | "enter" | "leave" | "release"
const before: Readonly<Record<Step, Step>> = {
  request: "release",
  enter: "request",
  leave: "enter",
  release: "leave",
}

interface Section {
  step: Step
  /** Of its last request, and of its last entering. */
  clock: number
  requestedUs: number
  request: string
  entered: string
  enterings: number
}

/**
 * How long a request may wait when nothing disturbs the run, microseconds. Until it is granted every machine has at most
 * six messages of each other to take and three to acknowledge, and a section of its own before and after; at each
 * instant a machine that is at this work, or a message under way, is what all wait for.
 */
const patienceUs = ({ config, rates, skewsPpm }: Setting, { latencyUs, latenessUs }: Calm): number => {
  const { machines, changes = [] } = config
  const slowest = (machine: number): number =>
    Math.min(rates[machine]!, ...changes.flatMap(({ rates }) => rates?.[machine - 1] ?? []))
  const events = 9 * (machines - 1) + 2 * (Mutex.stay + 4)
  let ticksUs = 0
  for (let machine = 1; machine <= machines; machine++)
    ticksUs += (events * 1_000_000 * (1 + Math.abs(skewsPpm[machine]!) / 1e6)) / slowest(machine)
  return Math.ceil(ticksUs) + (2 * machines + 4) * (latencyUs + latenessUs)
}

export const make = (check: Check<"mutual-exclusion">, setting: Setting): WorkloadCheck => {
  const { config, startUs } = setting
  const { machines } = config
  const left = new VectorClocks(machines, machines + 1)
  const inFlight = new Purposes<number>(check.fail)
  const sections = Array.from(
    { length: machines + 1 },
    (): Section => ({ step: "release", clock: 0, requestedUs: 0, request: "", entered: "", enterings: 0 }),
  )
  let last = { clock: 0, machine: 0, entered: "" }
  const calm = new Calm(setting)
  const requested: Array<number> = []
  let waitedUs = 0

  const enter = (event: Logged<MachineEvent>, own: Section): void => {
    check.counted.exclusion++
    check.counted.order++
    for (let other = 1; other <= machines; other++) {
      const { enterings, entered } = sections[other]!
      if (left.at(event.machine, other) === enterings) continue
      check.fail(
        "exclusion",
        [address(event), entered],
        `A critical section is entered after every other was left, in happened-before: found machine ${event.machine} inside while machine ${other}, which entered at ${entered}, is not known to have left`,
      )
    }
    if (Mutex.isBefore(own.clock, event.machine, last.clock, last.machine))
      check.fail(
        "order",
        [address(event), last.entered],
        `Requests are granted in the order of (clock, machine): found (${own.clock}, ${event.machine}) after (${last.clock}, ${last.machine})`,
      )
    last = { clock: own.clock, machine: event.machine, entered: address(event) }
    own.enterings++
    own.entered = address(event)
  }

  const step = (event: Logged<MachineEvent>, to: Step): void => {
    check.checked++
    check.counted.sections++
    const own = sections[event.machine]!
    if (own.step !== before[to])
      check.fail(
        "sections",
        [address(event)],
        `A machine requests, enters, leaves and releases, one after the other: found ${to} after ${own.step}`,
      )
    own.step = to
    if (to === "enter") enter(event, own)
    if (to === "leave") left.raise(event.machine, event.machine, own.enterings)
    if (to !== "request" || event.kind !== "sent") return
    own.clock = event.lamport
    own.requestedUs = event.occurredAtUs
    own.request = address(event)
    requested.push(event.occurredAtUs)
  }

  const checkGranted = (): void => {
    const endUs = startUs + setting.downUs + config.durationUs
    calm.tookUntil(inFlight.oldestUs(), endUs)
    waitedUs = patienceUs(setting, calm)
    const latestUs = endUs - waitedUs
    if (latestUs < calm.sinceUs) return
    check.counted.granted = requested.filter((us) => us <= latestUs).length
    for (const { step, requestedUs, request } of sections)
      if (step === "request" && requestedUs <= latestUs)
        check.fail(
          "granted",
          [request],
          `A request made by ${at(setting, latestUs)} is granted before the end: found one of ${at(setting, requestedUs)} that is not`,
        )
  }

  const enterings = (): number => sections.reduce((sum, section) => sum + section.enterings, 0)

  const received = (event: Logged<MachineEvent> & { readonly kind: "received" }): void => {
    check.counted["carried-purpose"]++
    const found = inFlight.receive(event)
    if (found === undefined) return
    left.receive(event.machine, found.tied)
    left.release(found.tied)
  }

  return {
    step: (event) => {
      calm.step(event)
      if (event.kind === "received") received(event)
      if (event.kind !== "internal" && event.kind !== "sent") return
      const { purpose } = event.payload
      if (purpose !== undefined && purpose in before) step(event, purpose as Step)
      if (event.kind === "sent")
        inFlight.send(event, left.send(event.machine, event.payload.recipients.length))
    },
    fault: (fault) => calm.fault(fault),
    finish: (isOver) => {
      if (isOver) checkGranted()
      const { granted } = check.counted
      check.how = `${enterings()} critical sections; ${
        granted === 0
          ? `none of the ${requested.length} requests was made long enough before an undisturbed end to have to be granted`
          : `${granted} of the ${requested.length} requests were made ${Math.ceil(waitedUs / 100_000) / 10} s or more before the end, and had to be granted`
      }`
    },
  }
}
