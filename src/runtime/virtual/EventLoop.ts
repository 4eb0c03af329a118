/**
 * The virtual engine: one deterministic loop over whole microseconds that makes the events of a run, in records and
 * without an object for any of them. docs/SPEC.md states its order of happenings; `Machine` remains the definition of
 * what a machine does, and a property test holds this loop to it, event for event.
 *
 * Every message, on its way, at the door of a full inbox or in it, is a node of one pool that grows.
 */
import { codes } from "../../domain/Digest.ts"
import * as Latency from "../../domain/Latency.ts"
import * as Random from "../../domain/Random.ts"
import * as RunConfig from "../../domain/RunConfig.ts"
import * as Topology from "../../domain/Topology.ts"
import * as InFlight from "./InFlight.ts"
import { Machine, Message } from "./Layout.ts"
import * as Records from "./Records.ts"
import * as Schedules from "./Schedules.ts"

export interface EventLoop {
  /** The records of the next events, at most some thousands; none once the run is over. Valid until the next call. */
  readonly next: () => Uint8Array
  /** How far virtual time has come, microseconds. */
  readonly nowUs: () => number
}

const blocksPerTurn = 4_096
const initialMessages = 1_024
const perTwo32 = 1 / 0x1_0000_0000

const drawNothing = (): number => 0

/** The network's draws of each machine's messages, entry 0 unused. */
const networkOf = ({ seed, machines }: RunConfig.RunConfig): ReadonlyArray<() => number> =>
  Array.from({ length: machines + 1 }, (_, machine) => Random.draws(seed, Random.Purpose.network, machine))

/** Machines before their first event, entry 0 unused. */
const machinesOf = ({ seed, machines }: RunConfig.RunConfig): ArrayBuffer => {
  const buffer = new ArrayBuffer((machines + 1) * Machine.words * 4)
  const [words, doubles] = [new Int32Array(buffer), new Float64Array(buffer)]
  const peers = Topology.twoCycles(seed, machines)
  for (let machine = 1; machine <= machines; machine++) {
    const rng = Random.stream(seed, Random.Purpose.roll, machine)
    const at = machine * Machine.words
    words[at + Machine.rngA] = rng.a
    words[at + Machine.rngB] = rng.b
    words[at + Machine.rngC] = rng.c
    words[at + Machine.rngCounter] = rng.counter
    words[at + Machine.peerA] = peers.a[machine]!
    words[at + Machine.peerB] = peers.b[machine]!
    doubles[machine * Machine.doubles + Machine.lastUs] = -1
  }
  return buffer
}

export const make = (config: RunConfig.RunConfig): EventLoop => {
  const { machines, capacity, sides, durationUs, overflow } = config
  const latency = config.latency ?? Latency.standard
  const isConstant = latency.law === "constant"
  const lowUs = isConstant ? latency.us : latency.lowUs
  const latencies = isConstant ? 1 : latency.highUs - latency.lowUs + 1
  const rates = RunConfig.ratesOf(config)
  const phases = Schedules.phasesOf(config, rates)
  const schedules = Schedules.make(durationUs, rates, phases)
  const inFlight = isConstant ? InFlight.ring() : InFlight.heap()
  const records = Records.make(blocksPerTurn)
  const state = machinesOf(config)
  const [machine32, machine64] = [new Int32Array(state), new Float64Array(state)]
  const network = isConstant ? [] : networkOf(config)
  /** When the last message on a link arrives: entry 2m is machine m's link to A, 2m + 1 that to B. */
  const lastArrivals = new Float64Array(isConstant ? 0 : 2 * machines + 2)

  let pool = new ArrayBuffer(initialMessages * Message.words * 4)
  let message32 = new Int32Array(pool)
  let message64 = new Float64Array(pool)
  let [unused, used] = [0, 1]
  let phase: "starting" | "running" | "stopping" | "over" = "starting"
  let machineAt = 1
  /** A column of one: a number kept in a closure would be allocated anew at each change. */
  const clock = new Float64Array(1)

  const growPool = (): void => {
    const larger = new ArrayBuffer(2 * pool.byteLength)
    new Uint8Array(larger).set(new Uint8Array(pool))
    pool = larger
    message32 = new Int32Array(pool)
    message64 = new Float64Array(pool)
  }
  const newNode = (): number => {
    const node = unused
    if (node !== 0) {
      unused = message32[node * Message.words + Message.following]!
      return node
    }
    if (used * Message.words === message32.length) growPool()
    return used++
  }
  const free = (node: number): void => {
    message32[node * Message.words + Message.following] = unused
    unused = node
  }
  /** A queue of a machine: `first` is where its word is, that of the last being the next. */
  const enqueue = (first: number, node: number): void => {
    message32[node * Message.words + Message.following] = 0
    if (machine32[first] === 0) machine32[first] = node
    else message32[machine32[first + 1]! * Message.words + Message.following] = node
    machine32[first + 1] = node
  }
  const dequeue = (first: number): number => {
    const node = machine32[first]!
    machine32[first] = message32[node * Message.words + Message.following]!
    return node
  }

  /** Stamps of one machine, arrivals included, strictly rise. */
  const stamp = (machine: number, atUs: number): number => {
    const at = machine * Machine.doubles + Machine.lastUs
    const stamped = Math.max(atUs, machine64[at]! + 1)
    machine64[at] = stamped
    return stamped
  }
  const begin = (machine: number, kind: number, atUs: number): void => {
    const at = machine * Machine.words
    const version = machine32[at + Machine.version]! + 1
    machine32[at + Machine.version] = version
    records.begin(
      machine,
      version,
      kind,
      machine32[at + Machine.queueLength]!,
      atUs,
      machine32[at + Machine.lamport]!,
    )
  }
  const writeDelivery = (node: number): void => {
    const at = node * Message.words
    records.delivery(
      message32[at + Message.sender]!,
      message32[at + Message.sendVersion]!,
      message32[at + Message.senderLamport]!,
      message64[node * Message.doubles + Message.sentUs]!,
      message64[node * Message.doubles + Message.arrivedUs]!,
    )
  }

  /** A message's arrival is stamped later than its send, too. */
  const stampArrival = (machine: number, node: number, atUs: number): void => {
    const at = node * Message.doubles
    message64[at + Message.arrivedUs] = stamp(machine, Math.max(atUs, message64[at + Message.sentUs]! + 1))
  }
  const enter = (machine: number, node: number, atUs: number): void => {
    stampArrival(machine, node, atUs)
    const at = machine * Machine.words
    enqueue(at + Machine.inboxFirst, node)
    machine32[at + Machine.queueLength]!++
  }
  const takeFrom = (machine: number): number => {
    const at = machine * Machine.words
    machine32[at + Machine.queueLength]!--
    return dequeue(at + Machine.inboxFirst)
  }
  const drop = (machine: number, node: number, kind: number, atUs: number): void => {
    begin(machine, kind, stamp(machine, atUs))
    writeDelivery(node)
    free(node)
  }
  const arrive = (node: number, atUs: number): void => {
    const machine = message32[node * Message.words + Message.recipient]!
    const at = machine * Machine.words
    if (machine32[at + Machine.queueLength]! < capacity) enter(machine, node, atUs)
    else if (overflow === "backpressure") enqueue(at + Machine.doorFirst, node)
    else if (overflow === "drop-newest") {
      stampArrival(machine, node, atUs)
      drop(machine, node, codes.dropNewest, atUs)
    } else {
      drop(machine, takeFrom(machine), codes.dropOldest, atUs)
      enter(machine, node, atUs)
    }
  }

  /** Of a machine's message to A or B. */
  const arrivalUs = (machine: number, isToB: number, atUs: number): number => {
    if (isConstant) return atUs + lowUs
    const drawn = lowUs + Random.below((network[machine] ?? drawNothing)(), latencies)
    const link = 2 * machine + isToB
    const arrival = Math.max(atUs + drawn, lastArrivals[link]!)
    lastArrivals[link] = arrival
    return arrival
  }
  const send = (machine: number, isToB: number, atUs: number, stampUs: number): void => {
    const node = newNode()
    const from = machine * Machine.words
    const at = node * Message.words
    message32[at + Message.sender] = machine
    message32[at + Message.recipient] = machine32[from + Machine.peerA + isToB]!
    message32[at + Message.sendVersion] = machine32[from + Machine.version]!
    message32[at + Message.senderLamport] = machine32[from + Machine.lamport]!
    message64[node * Message.doubles + Message.sentUs] = stampUs
    inFlight.push(node, arrivalUs(machine, isToB, atUs))
  }

  const receive = (machine: number, atUs: number): void => {
    const node = takeFrom(machine)
    const at = machine * Machine.words
    const carried = message32[node * Message.words + Message.senderLamport]!
    machine32[at + Machine.lamport] = Math.max(machine32[at + Machine.lamport]!, carried) + 1
    begin(machine, codes.received, stamp(machine, atUs))
    writeDelivery(node)
    free(node)
    if (machine32[at + Machine.doorFirst] !== 0) enter(machine, dequeue(at + Machine.doorFirst), atUs)
  }
  const roll = (machine: number): number => {
    const at = machine * Machine.words
    const b = machine32[at + Machine.rngB]!
    const c = machine32[at + Machine.rngC]!
    const counter = machine32[at + Machine.rngCounter]!
    const sum = (machine32[at + Machine.rngA]! + b + counter) | 0
    machine32[at + Machine.rngA] = b ^ (b >>> 9)
    machine32[at + Machine.rngB] = c + (c << 3)
    machine32[at + Machine.rngC] = ((c << 21) | (c >>> 11)) + sum
    machine32[at + Machine.rngCounter] = counter + 1
    return 1 + Math.floor((sum >>> 0) * sides * perTwo32)
  }
  const decide = (machine: number, atUs: number): void => {
    const at = machine * Machine.words
    machine32[at + Machine.lamport]!++
    const rolled = roll(machine)
    const stampUs = stamp(machine, atUs)
    const a = machine32[at + Machine.peerA]!
    const b = machine32[at + Machine.peerB]!
    const addresses = rolled <= 3 && a !== 0
    begin(machine, addresses ? codes.sent : codes.internal, stampUs)
    if (!addresses) return
    const toA = rolled !== 2 || a === b
    const toB = rolled !== 1 && a !== b
    if (toA && toB) records.list(2, a, b)
    else records.list(1, toA ? a : b, 0)
    if (toA) send(machine, 0, atUs, stampUs)
    if (toB) send(machine, 1, atUs, stampUs)
  }
  const tick = (machine: number, atUs: number): void => {
    if (machine32[machine * Machine.words + Machine.inboxFirst] !== 0) receive(machine, atUs)
    else decide(machine, atUs)
  }

  const start = (machine: number): void => {
    begin(machine, codes.started, stamp(machine, 0))
    const a = machine32[machine * Machine.words + Machine.peerA]!
    const b = machine32[machine * Machine.words + Machine.peerB]!
    records.started(rates[machine]!, phases[machine]!, a === 0 ? 0 : a === b ? 1 : 2, a, a === b ? 0 : b)
  }
  const stop = (machine: number): void => {
    const at = machine * Machine.words
    begin(machine, codes.finished, stamp(machine, durationUs))
    records.list(machine32[at + Machine.queueLength]!, 0, 0)
    let node = machine32[at + Machine.inboxFirst]!
    for (let i = 0; node !== 0; i++) {
      records.half(i % 2)
      writeDelivery(node)
      node = message32[node * Message.words + Message.following]!
    }
  }

  const deliverUpTo = (untilUs: number): void => {
    for (let atUs = inFlight.nextUs(); atUs <= untilUs; atUs = inFlight.nextUs()) arrive(inFlight.pop(), atUs)
  }
  const run = (): void => {
    while (!records.isFull()) {
      const dueUs = schedules.dueUs()
      if (dueUs === Number.POSITIVE_INFINITY) {
        clock[0] = durationUs
        deliverUpTo(durationUs - 1)
        phase = "stopping"
        machineAt = 1
        return
      }
      clock[0] = dueUs
      deliverUpTo(dueUs)
      tick(schedules.machine(), dueUs)
      schedules.advance()
    }
  }
  const each = (put: (machine: number) => void, then: typeof phase): void => {
    while (!records.isFull()) {
      put(machineAt)
      if (++machineAt <= machines) continue
      phase = then
      return
    }
  }
  return {
    nowUs: () => clock[0]!,
    next: () => {
      if (phase === "starting") each(start, "running")
      if (phase === "running") run()
      if (phase === "stopping") each(stop, "over")
      return records.take()
    },
  }
}

/** All records of a run, part by part; each is valid until the next is asked for. */
export function* recordsOf(config: RunConfig.RunConfig): Generator<Uint8Array, void> {
  const loop = make(config)
  for (let records = loop.next(); records.length > 0; records = loop.next()) yield records
}
