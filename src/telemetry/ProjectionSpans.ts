/**
 * The last stage of a message: projections take in the event that sent it and the one that received it. Whoever does that
 * knows the trace by the run's configuration, which stands at the beginning of its log.
 */
import { randomBytes } from "node:crypto"
import type { MachineEvent, Recorded } from "../domain/ClockEvent.ts"
import * as Limits from "../domain/Limits.ts"
import type { ProjectionOnlooker, Step } from "../domain/Onlooker.ts"
import type { RunConfig } from "../domain/RunConfig.ts"
import { type Address, type Messages, make as messagesOf, shareOf } from "./MessageTrace.ts"
import { attributesOf, messageOf } from "./RunOnlooker.ts"
import type { Span } from "./Span.ts"

/** Runs whose configuration is remembered. */
const mostRuns = 64

const configOf = (beginning: ReadonlyArray<Recorded>): RunConfig | undefined => {
  const started = beginning.find(({ kind }) => kind === "run-started")
  return started?.kind === "run-started" && started.payload.origin === undefined ? started.payload : undefined
}

interface Seen {
  readonly sent: Address
  readonly event: Recorded
}

export const make = (
  share: number | undefined,
  nowUs: () => number,
  put: (span: Span) => void,
): ProjectionOnlooker => {
  /** Undefined for a run of which no messages are traced: a virtual or an imported one. */
  const runs = new Map<string, Messages | undefined>()
  const spanOf = (
    run: string,
    messages: Messages,
    { sent, event }: Seen,
    steps: ReadonlyArray<Step>,
    begunUs: number,
  ): Span | undefined => {
    const by = steps.filter(({ from, to }) => from < event.position && event.position <= to)
    if (by.length === 0) return undefined
    const startUs = Math.max(begunUs, event.occurredAtUs)
    const { traceId, name } = messages.stage(sent, "project", event)
    return {
      traceId,
      name,
      // Nothing is below it, and one event may be taken in more than once.
      spanId: randomBytes(8).toString("hex"),
      parentSpanId: messages.stage(sent, "append", event).spanId,
      kind: "consumer",
      startUs,
      endUs: Math.max(startUs, nowUs()),
      attributes: {
        ...attributesOf(run, event as MachineEvent),
        "lightcone.position": event.position,
        "lightcone.projections": by.map(({ projection }) => projection).join(","),
      },
    }
  }
  return {
    mustMeet: (run) => !runs.has(run),
    meet: (run, beginning) => {
      const config = configOf(beginning)
      // It may be requested and not begun yet.
      if (config === undefined && beginning.length < 2) return
      const isReal = config !== undefined && config.mode !== "virtual"
      runs.set(run, isReal ? messagesOf(run, share ?? shareOf(config)) : undefined)
      if (runs.size > mostRuns) runs.delete(runs.keys().next().value!)
    },
    batch: (run) => {
      const messages = runs.get(run)
      if (messages === undefined) return { read: () => {}, written: () => {} }
      const seen: Array<Seen> = []
      let begunUs: number | undefined
      return {
        read: (page) => {
          begunUs ??= nowUs()
          const oldestUs = begunUs - Limits.maxTracedProjectionAgeMs * 1_000
          for (const event of page) {
            const sent = event.occurredAtUs < oldestUs ? undefined : messageOf(event)
            if (sent !== undefined && messages.isTraced(sent)) seen.push({ sent, event })
          }
        },
        written: (steps) => {
          for (const one of seen) {
            const span = spanOf(run, messages, one, steps, begunUs!)
            if (span !== undefined) put(span)
          }
        },
      }
    },
  }
}
