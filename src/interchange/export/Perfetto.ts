/**
 * For Perfetto and chrome://tracing: the JSON trace format. The run is a process, a machine a thread of it, a clock
 * event a slice of a microsecond; a message that was received is a flow between two slices, queue lengths and clocks
 * are counters, whatever else befalls a machine is an instant.
 *
 * Times count from the run's start: viewers reckon in floating-point nanoseconds, in which a microsecond of today is
 * lost. On one machine they rise, so that no slice lies in another and a flow meets its own.
 */
import {
  type AnyMachineEvent,
  address,
  isClockEvent,
  isRunEvent,
  isSecondCopy,
  type Logged,
} from "../../domain/ClockEvent.ts"
import { InFlight } from "../../domain/InFlight.ts"
import type { AnyDelivery } from "../../domain/Message.ts"
import * as Purpose from "../../domain/Purpose.ts"
import type { Context, Exporter, Format } from "./Exporter.ts"
import { iso } from "./Times.ts"
import { jsonText, what } from "./Wording.ts"

const process = 1

const metadata = (name: string, thread: number, args: string): string =>
  `{"ph":"M","pid":${process},"tid":${thread},"name":"${name}","args":{${args}}}`

const threads = ({ machines, nameOf }: Context): ReadonlyArray<string> =>
  machines
    .filter((machine) => machine > 0)
    .flatMap((machine, place) => {
      const name = nameOf(machine)
      const shown = /^\d+$/.test(name) ? `machine ${name}` : name
      return [
        metadata("thread_name", machine, `"name":${jsonText(shown)}`),
        metadata("thread_sort_index", machine, `"sort_index":${place}`),
      ]
    })

const said = (name: string, value: number | string | null | undefined): string =>
  value === null || value === undefined
    ? ""
    : `,"${name}":${typeof value === "string" ? jsonText(value) : value}`

const ofMessage = ({ sender, sendVersion, senderLamport, arrivedAtUs }: AnyDelivery, atUs: number): string =>
  `${said("message", sendVersion === null ? null : `${sender}/${sendVersion}`)}${said("sender clock", senderLamport)}${said("waited us", arrivedAtUs === null ? null : atUs - arrivedAtUs)}`

const argsOf = (event: Logged<AnyMachineEvent>): string => {
  const { kind, payload } = event
  const stamp = `"event":"${address(event)}","position":${event.position}${said("clock", event.lamport)}${said("queue", event.queueLength)}`
  const message = kind === "received" || kind === "dropped" ? ofMessage(payload, event.occurredAtUs) : ""
  const label = said("label", isClockEvent(event) ? Purpose.said(event.payload) : undefined)
  const reason = said("reason", "reason" in payload ? payload.reason : undefined)
  return `{${stamp}${message}${label}${reason}}`
}

/** One machine's thread: its last time, and what its counters show. */
interface Thread {
  atUs: number
  queue: number | null
  clock: number | null
  readonly queueName: string
  readonly clockName: string
}

const make = (context: Context): Exporter => {
  const { run, startUs, machines, nameOf } = context
  const known = new Map<number, Thread>()
  const inFlight = new InFlight<number>(machines)
  let flows = 0
  const threadOf = (machine: number): Thread => {
    let thread = known.get(machine)
    if (thread === undefined) {
      const queueName = jsonText(`queue of ${nameOf(machine)}`)
      const clockName = jsonText(`clock of ${nameOf(machine)}`)
      thread = { atUs: Number.NEGATIVE_INFINITY, queue: null, clock: null, queueName, clockName }
      known.set(machine, thread)
    }
    return thread
  }
  const counter = (name: string, atUs: number, value: number): string =>
    `,\n{"ph":"C","pid":${process},"name":${name},"ts":${atUs},"args":{"value":${value}}}`
  const counters = (event: Logged<AnyMachineEvent>, thread: Thread): string => {
    let text = ""
    if (event.queueLength !== null && event.queueLength !== thread.queue)
      text += counter(thread.queueName, thread.atUs, event.queueLength)
    if (event.lamport !== null && event.lamport !== thread.clock)
      text += counter(thread.clockName, thread.atUs, event.lamport)
    thread.queue = event.queueLength
    thread.clock = event.lamport
    return text
  }
  const flow = (ph: string, id: number, thread: number, atUs: number): string =>
    `,\n{${ph},"cat":"message","name":"message","id":${id},"pid":${process},"tid":${thread},"ts":${atUs}}`
  const arrow = (event: Logged<AnyMachineEvent> & { readonly kind: "received" }, atUs: number): string => {
    let text = ""
    inFlight.take(event.payload, (sentUs) => {
      const id = ++flows
      text = `${flow(`"ph":"s"`, id, event.payload.sender!, sentUs)}${flow(`"ph":"f","bp":"e"`, id, event.machine, atUs)}`
    })
    return text
  }
  const slice = (event: Logged<AnyMachineEvent>, atUs: number): string => {
    const place = `"pid":${process},"tid":${event.machine},"ts":${atUs}`
    return isClockEvent(event)
      ? `,\n{"ph":"X",${place},"dur":1,"cat":"${event.kind}","name":${jsonText(what(event, nameOf))},"args":${argsOf(event)}}`
      : `,\n{"ph":"i","s":"t",${place},"cat":"${event.kind}","name":"${event.kind}","args":${argsOf(event)}}`
  }
  return {
    begin: () =>
      `{"displayTimeUnit":"ms","otherData":{"run":"${run}","start":"${iso(startUs)}"},"traceEvents":[\n${[
        metadata("process_name", 0, `"name":${jsonText(`run ${run}`)}`),
        ...threads(context),
      ].join(",\n")}`,
    event: (event) => {
      if (isRunEvent(event)) return ""
      const thread = threadOf(event.machine)
      thread.atUs = Math.max(event.occurredAtUs - startUs, thread.atUs + 1)
      const { atUs } = thread
      const flowed = event.kind === "received" ? arrow(event, atUs) : ""
      if (event.kind === "dropped" && !isSecondCopy(event)) inFlight.take(event.payload)
      if (event.kind === "sent") inFlight.send(event, () => atUs)
      return `${slice(event, atUs)}${flowed}${counters(event, thread)}`
    },
    end: () => "\n]}\n",
  }
}

export const format: Format = {
  name: "perfetto",
  does: "slices, message flows and counters, for Perfetto and chrome://tracing",
  kinds: "machines",
  next: "open it at ui.perfetto.dev",
  make,
}
