/**
 * Since when nothing disturbs a run, and how slow messages and ticks were since: what a promise that something happens at
 * last can be held to. A fault disturbs until it ends, a machine that comes back or misses ticks for that instant.
 */
import * as Change from "../Change.ts"
import type { Logged, MachineEvent } from "../ClockEvent.ts"
import type { Fault } from "../Fault.ts"
import * as Latency from "../Latency.ts"
import type { RunConfig } from "../RunConfig.ts"
import { dueUs, type Setting } from "./Setting.ts"

const endedBy: Readonly<Partial<Record<Fault["fault"], ReadonlyArray<Fault["fault"]>>>> = {
  resume: ["pause"],
  restart: ["crash"],
  heal: ["cut", "delay"],
}

/** The longest that a message may take, whatever the network becomes on the way; infinite where it is real, or was. */
const longestUs = (config: RunConfig): number =>
  config.mode === "real" || Change.copied(config.changes) > 0
    ? Number.POSITIVE_INFINITY
    : Latency.longestOfRunUs(config)

export class Calm {
  /** When the last disturbance was over, microseconds since the epoch; infinite while one lasts. */
  get sinceUs(): number {
    return this.#lasting.size > 0 ? Number.POSITIVE_INFINITY : this.#sinceUs
  }

  /** The longest that a message was under way since, and the latest that a tick was made; microseconds. */
  latencyUs = 0
  latenessUs = 0

  readonly #setting: Setting
  /** A message of a modelled network that takes longer waits at a door, for its recipient's ticks. */
  readonly #mostLatencyUs: number
  /** By machine: the next tick of its schedule. */
  readonly #ticks: Float64Array
  readonly #lasting = new Set<string>()
  #sinceUs: number
  #longestDelayUs = 0

  constructor(setting: Setting) {
    const { config, startUs } = setting
    this.#setting = setting
    this.#sinceUs = startUs
    this.#ticks = new Float64Array(config.machines + 1)
    this.#mostLatencyUs = longestUs(config)
  }

  step(event: Logged<MachineEvent>): void {
    const { machine, occurredAtUs } = event
    switch (event.kind) {
      case "missed":
        this.#ticks[machine]! += event.payload.count
        this.#disturb(occurredAtUs)
        break
      case "resumed":
        this.#disturb(occurredAtUs)
        break
      case "received":
        this.tookUntil(event.payload.sentAtUs, event.payload.arrivedAtUs)
        this.#tick(machine, occurredAtUs)
        break
      case "internal":
      case "sent":
        this.#tick(machine, occurredAtUs)
    }
  }

  fault(fault: Fault): void {
    const { startUs, downUs } = this.#setting
    if (fault.fault === "delay") this.#longestDelayUs = Math.max(this.#longestDelayUs, fault.delayUs)
    this.#disturb(startUs + downUs + fault.atUs + this.#longestDelayUs)
    const ends = endedBy[fault.fault]
    const place = "machine" in fault ? `${fault.machine}` : `${fault.from}>${fault.to}`
    if (ends === undefined) this.#lasting.add(`${fault.fault} ${place}`)
    else for (const ended of ends) this.#lasting.delete(`${ended} ${place}`)
  }

  /** A message that was under way, or is still. */
  tookUntil(sentAtUs: number, us: number): void {
    const latencyUs = Math.min(this.#mostLatencyUs, us - Math.max(sentAtUs, this.#sinceUs))
    this.latencyUs = Math.max(this.latencyUs, latencyUs)
  }

  #tick(machine: number, us: number): void {
    const dueAtUs = dueUs(this.#setting, machine, this.#ticks[machine]!++)
    this.latenessUs = Math.max(this.latenessUs, us - Math.max(dueAtUs, this.#sinceUs))
  }

  #disturb(us: number): void {
    if (us <= this.#sinceUs) return
    this.#sinceUs = us
    this.latencyUs = 0
    this.latenessUs = 0
  }
}
