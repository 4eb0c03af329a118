/**
 * The spans of messages while their run is made, and what is counted of it. A message's way is
 *
 *   tick - append - network - inbox - tick - append - project
 *   '--- sender --'                   '-- recipient -'
 *
 * each the parent of the next. Its time on the network begins with the commit, after which it may leave; where that was
 * in another process, before the run was resumed, it begins with the send.
 */
import type { LabEvent, MachineEvent } from "../domain/ClockEvent.ts"
import * as Limits from "../domain/Limits.ts"
import type { Onlooker } from "../domain/Onlooker.ts"
import type { Address, Messages, Stage } from "./MessageTrace.ts"
import type { RunMetrics } from "./RunMetrics.ts"
import type { Span, Value } from "./Span.ts"

/** Which message an event is about: it sends it, takes it, or drops it. */
export const messageOf = (event: {
  readonly kind: string
  readonly machine: number
  readonly version: number
  readonly payload: unknown
}): Address | undefined => {
  if (event.kind === "sent") return event
  if (event.kind !== "received" && event.kind !== "dropped") return undefined
  const { sender, sendVersion } = event.payload as { sender: number | null; sendVersion: number | null }
  return sender === null || sendVersion === null ? undefined : { machine: sender, version: sendVersion }
}

export const attributesOf = (run: string, { machine, version }: Address): Record<string, Value> => ({
  "lightcone.run": run,
  "lightcone.machine": machine,
  "lightcone.event": `${machine}/${version}`,
})

export const stageOf = ({ kind }: Pick<MachineEvent, "kind">): "tick" | "drop" =>
  kind === "dropped" ? "drop" : "tick"

export const make = (
  run: string,
  messages: Messages,
  metrics: RunMetrics,
  put: (span: Span) => void,
): Onlooker => {
  /** When traced messages were committed, by the address of their sends; the oldest first. */
  const committedUs = new Map<string, number>()
  const remember = ({ machine, version }: Address, us: number): void => {
    committedUs.set(`${machine}/${version}`, us)
    if (committedUs.size <= Limits.maxTracedInFlight) return
    for (const oldest of committedUs.keys()) {
      committedUs.delete(oldest)
      break
    }
  }
  const span = (
    sent: Address,
    stage: Stage,
    at: MachineEvent,
    parent: Stage | undefined,
    parentAt: Address,
    rest: Pick<Span, "kind" | "startUs" | "endUs"> & { readonly attributes?: Record<string, Value> },
  ): void =>
    put({
      ...messages.stage(sent, stage, at),
      ...(parent === undefined ? {} : { parentSpanId: messages.stage(sent, parent, parentAt).spanId }),
      ...rest,
      attributes: { ...attributesOf(run, at), ...rest.attributes },
    })

  /** From the commit of its send to the event that takes or drops it. */
  const way = (sent: Address, event: Extract<MachineEvent, { kind: "received" | "dropped" }>): Stage => {
    const { sentAtUs, arrivedAtUs } = event.payload
    const leftUs = committedUs.get(`${sent.machine}/${sent.version}`) ?? sentAtUs
    span(sent, "network", event, "append", sent, {
      kind: "consumer",
      startUs: Math.min(leftUs, arrivedAtUs),
      endUs: arrivedAtUs,
      attributes: { "lightcone.sender": sent.machine },
    })
    if (event.kind === "dropped" && event.payload.reason === "drop-newest") return "network"
    span(sent, "inbox", event, "network", event, {
      kind: "internal",
      startUs: arrivedAtUs,
      endUs: event.occurredAtUs,
      attributes: { "lightcone.queue_length": event.queueLength },
    })
    return "inbox"
  }

  const decided: Onlooker["decided"] = (event, latenessUs, atUs) => {
    metrics.decided(event, latenessUs)
    const sent = messageOf(event)
    if (sent === undefined || !messages.isTraced(sent)) return
    const parent = event.kind === "received" || event.kind === "dropped" ? way(sent, event) : undefined
    span(sent, stageOf(event), event, parent, event, {
      kind: event.kind === "sent" ? "producer" : "internal",
      startUs: event.occurredAtUs,
      endUs: Math.max(atUs, event.occurredAtUs),
      attributes: {
        "lightcone.lamport": event.lamport,
        "lightcone.lateness_us": latenessUs,
        ...(event.kind === "dropped" ? { "lightcone.reason": event.payload.reason } : {}),
      },
    })
  }

  const committed = (event: LabEvent, position: number, startUs: number, endUs: number): void => {
    if (event.machine === 0) return
    const sent = messageOf(event)
    if (sent === undefined || !messages.isTraced(sent)) return
    if (event.kind === "sent") remember(event, endUs)
    const decidedEvent = event as MachineEvent
    span(sent, "append", decidedEvent, stageOf(decidedEvent), event, {
      kind: "client",
      startUs,
      endUs,
      attributes: { "lightcone.position": position },
    })
  }
  return {
    decided,
    appended: (events, head, begunUs, endedUs) => {
      metrics.appended(events.length, endedUs - begunUs)
      events.forEach((event, i) => {
        committed(event, head + 1 + i, begunUs, endedUs)
      })
    },
  }
}
