/**
 * The virtual engine in full and to be read: the words of docs/SPEC.md, happening by happening, with the decider of
 * the real engine for whatever a machine does. It knows every network, and faults.
 *
 * `EventLoop` makes runs without any of that some twenty times as fast, flat and without an object for anything. This
 * one is its definition: a property test holds the two together, event for event. One engine with both was rejected:
 * the fast one is fast by what it does not ask at each tick.
 */

import * as Change from "../../domain/Change.ts"
import type { MachineEvent } from "../../domain/ClockEvent.ts"
import * as Digest from "../../domain/Digest.ts"
import * as Fault from "../../domain/Fault.ts"
import * as Limits from "../../domain/Limits.ts"
import * as Machine from "../../domain/Machine.ts"
import * as Message from "../../domain/Message.ts"
import type { Prefix } from "../../domain/Prefix.ts"
import * as Reach from "../../domain/Reach.ts"
import * as RunConfig from "../../domain/RunConfig.ts"
import * as Timetable from "../../domain/Timetable.ts"
import { type Happening, Happenings } from "../Happenings.ts"
import * as Copied from "./Copied.ts"
import type { EventLoop } from "./EventLoop.ts"
import * as Faults from "./Faults.ts"
import { ModelledMachine } from "./ModelledMachine.ts"
import { ModelledNetwork } from "./ModelledNetwork.ts"
import type { Order } from "./ordering/Order.ts"
import * as Orders from "./ordering/Orders.ts"

const eventsPerTurn = 4_096

/** What a model may do in another way: decide, say what a message takes (microseconds), and order deliveries. */
export interface Otherwise {
  readonly decide?: typeof Machine.decide
  readonly latencyUs?: () => number
  readonly orderOf?: typeof Orders.of
  /** Of a configuration that goes on from copied events. */
  readonly prefix?: Prefix | undefined
}

/** A machine with its schedule. */
interface Scheduled {
  readonly machine: ModelledMachine
  readonly rate: number
  readonly phaseUs: number
  readonly timetable: Timetable.Timetable
  /** Ticks 0 .. ticks - 1 are due before the run's end; `next` is the first neither made nor missed. */
  readonly ticks: number
  next: number
  /** Whether its next tick is among what is to happen. */
  isAwaited: boolean
}

/** The happenings of a run, one after the other; yields when `isFull`. */
class Run {
  nowUs = 0
  readonly #config: RunConfig.RunConfig
  readonly #all: Array<Scheduled> = []
  readonly #network: ModelledNetwork
  readonly #order: Order | undefined
  /** Next ticks, by machine. */
  readonly #ticks = new Happenings<Happening>()
  readonly #faults: ReadonlyArray<Fault.Fault>
  readonly #recordFault: (fault: Fault.Fault) => void
  readonly #course: Change.Course
  #changes: ReadonlyArray<Change.Change>
  #faultsDone = 0
  readonly #prefix: Prefix | undefined

  constructor(
    config: RunConfig.RunConfig,
    record: (event: MachineEvent) => void,
    recordFault: (fault: Fault.Fault) => void,
    { decide = Machine.decide, latencyUs, orderOf = Orders.of, prefix }: Otherwise,
  ) {
    const reach = Reach.of(config)
    const rates = RunConfig.ratesOf(config)
    this.#config = config
    this.#recordFault = recordFault
    this.#prefix = prefix
    this.#faults = Fault.planned(config.faults ?? [], config.durationUs)
    this.#order = orderOf(config, reach)
    this.#network = new ModelledNetwork(config, reach, this.#order, latencyUs)
    this.#course = Change.course(config.changes)
    this.#changes = this.#course.first
    const recorded = (event: MachineEvent): void => {
      record(event)
      this.#count()
    }
    for (let machine = 1; machine <= config.machines; machine++) {
      const rate = rates[machine]!
      const phaseUs = RunConfig.phaseOf(config.seed, machine, rate)
      const skewPpm = RunConfig.skewOf(config, machine)
      const timetable = Timetable.of(machine, { phaseUs, rate, skewPpm }, config.changes)
      this.#all.push({
        machine: new ModelledMachine({
          state: Machine.inRun(config, reach, machine),
          config,
          record: recorded,
          decide,
          order: this.#order,
        }),
        ...{ rate, phaseUs, timetable },
        ticks: Timetable.ticksDue(timetable, config.durationUs),
        next: 0,
        isAwaited: false,
      })
    }
  }

  /** An event more; what changes after it does so with the next happening. */
  #count(): void {
    const due = this.#course.step()
    if (due.length > 0) this.#changes = [...this.#changes, ...due]
  }

  /** Rates are in the timetables, and messages that are dropped in their fates. */
  #change(): void {
    for (const change of this.#changes) {
      this.#network.change(change, [0, ...this.#all.map(({ machine }) => machine.state.version)])
      for (const { machine } of this.#all) machine.state = Machine.changed(machine.state, change)
    }
    this.#changes = []
  }

  /** Machines stand as the copied events left them, and what was on its way comes when its record says, or leaves anew. */
  #goOn({ records, underWay }: Prefix): void {
    this.nowUs = this.#config.changes![0]!.atUs
    const states = this.#all.map(({ machine }) => machine.state)
    const { machines, inFlight, events } = Copied.of(records, states)
    for (let i = 0; i < events; i++) this.#count()
    for (const [i, { state, ticks, lastUs }] of machines.entries()) {
      this.#all[i]!.machine.goOn(state, lastUs)
      this.#all[i]!.next = ticks
    }
    const packets = new Map(
      inFlight.map(({ message, recipient }) => [
        Message.nameOf(message.sender, message.sendVersion, recipient),
        this.#network.packetOf(message, recipient),
      ]),
    )
    for (const { sender, sendVersion, recipient, arrivesUs } of underWay) {
      const name = Message.nameOf(sender, sendVersion, recipient)
      const packet = packets.get(name)
      if (packet === undefined) continue
      packets.delete(name)
      if (arrivesUs > this.nowUs) this.#network.bring(packet, arrivesUs)
      else this.#all[recipient - 1]!.machine.hold(packet, arrivesUs)
    }
    for (const packet of packets.values()) this.#network.offer(packet, this.nowUs)
  }

  *happenings(isFull: () => boolean): Generator<void, void> {
    if (this.#prefix !== undefined) this.#goOn(this.#prefix)
    this.#change()
    for (const of of this.#all) {
      if (this.#prefix === undefined) of.machine.start(of.rate, of.phaseUs)
      this.#await(of, this.nowUs)
      this.#change()
      if (isFull()) yield
    }
    for (let step = this.#next(); step !== undefined; step = this.#next()) {
      step()
      if (this.#changes.length > 0) this.#change()
      if (isFull()) yield
    }
    this.nowUs = this.#config.durationUs
    for (const { machine } of this.#all) {
      machine.stop(this.#config.durationUs)
      if (isFull()) yield
    }
  }

  /** Of one instant faults come before arrivals, arrivals before notices of the delivery order, and these before ticks. */
  #next(): (() => void) | undefined {
    const fault = this.#faults[this.#faultsDone]
    const arrivesUs = this.#network.underWay.nextUs
    const arrivalUs = arrivesUs < this.#config.durationUs ? arrivesUs : Number.POSITIVE_INFINITY
    const noticeUs = this.#noticeUs()
    const tickUs = this.#ticks.nextUs
    if (fault !== undefined && fault.atUs <= Math.min(arrivalUs, noticeUs, tickUs))
      return () => this.#fault(fault)
    if (Math.min(arrivalUs, noticeUs, tickUs) === Number.POSITIVE_INFINITY) return undefined
    if (arrivalUs <= Math.min(noticeUs, tickUs)) return this.#arrival
    return noticeUs <= tickUs ? this.#notice : this.#tick
  }

  #noticeUs(): number {
    const nextUs = this.#order?.notices?.nextUs ?? Number.POSITIVE_INFINITY
    return nextUs < this.#config.durationUs ? nextUs : Number.POSITIVE_INFINITY
  }

  #fault(fault: Fault.Fault): void {
    this.#faultsDone++
    this.nowUs = fault.atUs
    this.#recordFault(fault)
    this.#count()
    Faults.carryOut(fault, (machine) => this.#all[machine - 1]!.machine, this.#network)
    if ("machine" in fault) this.#await(this.#all[fault.machine - 1]!, fault.atUs)
  }

  readonly #arrival = (): void => {
    const { atUs, packet } = this.#network.underWay.pop()!
    this.nowUs = atUs
    this.#all[packet.recipient - 1]!.machine.arrive(packet, atUs)
  }

  readonly #notice = (): void => {
    const { atUs, machine } = this.#order!.notices!.next()
    this.nowUs = atUs
    if (machine !== undefined) this.#all[machine - 1]!.machine.look(atUs)
  }

  readonly #tick = (): void => {
    const { atUs, order } = this.#ticks.pop()!
    const of = this.#all[order - 1]!
    this.nowUs = atUs
    of.isAwaited = false
    if (of.machine.condition !== "up") return
    const overdue = this.#overdue(of, atUs)
    if (overdue > 0) of.machine.miss(of.next, overdue, atUs)
    else {
      const event = of.machine.tick(atUs)
      if (event.kind === "sent") this.#network.send(event, atUs)
    }
    of.next += Math.max(1, overdue)
    this.#await(of, atUs)
  }

  /** Its next tick comes when it is due, or at once if it is late. */
  #await(of: Scheduled, nowUs: number): void {
    if (of.isAwaited || of.next === of.ticks || of.machine.condition !== "up") return
    of.isAwaited = true
    this.#ticks.push({ atUs: Math.max(this.#dueUs(of), nowUs), order: of.machine.state.machine })
  }

  #dueUs({ timetable, next }: Scheduled): number {
    return Timetable.offsetUs(timetable, next)
  }

  /** How many ticks are overdue by more than the limit. */
  #overdue(of: Scheduled, atUs: number): number {
    const lastMissedUs = atUs - Limits.maxLatenessUs - 1
    if (this.#dueUs(of) > lastMissedUs) return 0
    const { timetable, next, ticks } = of
    return Math.min(Timetable.firstTickAfter(timetable, lastMissedUs), ticks) - next
  }
}

export const make = (config: RunConfig.RunConfig, otherwise: Otherwise = {}): EventLoop => {
  const encoder = Digest.encoder(0)
  // The header, which is not an event's.
  encoder.take()
  let events = 0
  /** Of the run's own stream, whose times strictly rise too. */
  let lastFaultUs = 0
  const write: typeof encoder.write = (event) => {
    encoder.write(event)
    events++
  }
  const recordFault = (fault: Fault.Fault): void => {
    lastFaultUs = Math.max(fault.atUs, lastFaultUs + 1)
    write({ machine: 0, version: 0, occurredAtUs: lastFaultUs, kind: "fault-injected", payload: fault })
  }
  const run = new Run(config, write, recordFault, otherwise)
  const happenings = run.happenings(() => events >= eventsPerTurn)
  const { prefix } = otherwise
  const copied = prefix && Copied.turns(prefix.records, eventsPerTurn)
  return {
    nowUs: () => run.nowUs,
    next: () => {
      const records = copied?.next().value
      if (records !== undefined) return records
      events = 0
      happenings.next()
      return encoder.take()
    },
  }
}
