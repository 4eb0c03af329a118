/** What is counted of the real runs that this process makes. */
import type { MachineEvent } from "../domain/ClockEvent.ts"
import { Measured, type Metric } from "./Metric.ts"

/** Upper bounds, seconds. */
const latenessBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]
const appendBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const ofTicks: ReadonlySet<string> = new Set(["internal", "sent", "received"])

export class RunMetrics {
  private events = 0
  private readonly appendSeconds = new Measured(appendBounds)
  private readonly latenessSeconds = new Measured(latenessBounds)
  /** By machine, as of its last event. */
  private queues: Array<number> = []

  /** A run begins; one before it is over. */
  begin(machines: number): void {
    this.queues = new Array(machines + 1).fill(0)
  }

  decided({ kind, machine, queueLength }: MachineEvent, latenessUs: number): void {
    this.queues[machine] = queueLength
    if (ofTicks.has(kind)) this.latenessSeconds.add(latenessUs / 1_000_000)
  }

  appended(events: number, us: number): void {
    this.events += events
    this.appendSeconds.add(us / 1_000_000)
  }

  read(): ReadonlyArray<Metric> {
    const [waiting, longest] = this.queues.reduce(
      ([sum, most], length) => [sum + length, Math.max(most, length)] as const,
      [0, 0] as readonly [number, number],
    )
    return [
      {
        name: "lightcone_events_appended_total",
        description: "Events of real runs that this process has appended.",
        unit: "{event}",
        sum: [{ attributes: {}, value: this.events }],
      },
      {
        name: "lightcone_append_seconds",
        description: "Time of an append to the store.",
        unit: "s",
        histogram: this.appendSeconds,
      },
      {
        name: "lightcone_tick_lateness_seconds",
        description: "How long after it was due a tick was made.",
        unit: "s",
        histogram: this.latenessSeconds,
      },
      {
        name: "lightcone_messages_waiting",
        description: "Messages in the inboxes of the run that is made, or was made last.",
        unit: "{message}",
        gauge: [{ attributes: {}, value: waiting }],
      },
      {
        name: "lightcone_longest_inbox",
        description: "Messages in its inbox that holds the most.",
        unit: "{message}",
        gauge: [{ attributes: {}, value: longest }],
      },
    ]
  }
}
