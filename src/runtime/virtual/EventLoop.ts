/**
 * The virtual engine: one deterministic loop over whole microseconds that makes the events of a run, in records and
 * without an object for any of them. docs/SPEC.md states its order of happenings; `Machine` remains the definition of
 * what a machine does, and a property test holds this loop to it, event for event.
 *
 * A million machines are columns of numbers, and every message, on its way, at the door of a full inbox or in it, is a
 * node of one pool that grows.
 */
import { codes } from "../../domain/Digest.ts"
import * as Latency from "../../domain/Latency.ts"
import * as Random from "../../domain/Random.ts"
import * as RunConfig from "../../domain/RunConfig.ts"
import * as Topology from "../../domain/Topology.ts"
import * as InFlight from "./InFlight.ts"
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

/** Queues of nodes, one a machine, linked through the pool; node 0 is none. */
interface Queues {
  readonly first: Int32Array
  readonly last: Int32Array
}

const queuesOf = (machines: number): Queues => ({
  first: new Int32Array(machines + 1),
  last: new Int32Array(machines + 1),
})

export const make = (config: RunConfig.RunConfig): EventLoop => {
  const { machines, capacity, sides, durationUs, overflow, seed } = config
  const latency = config.latency ?? Latency.standard
  const rates = RunConfig.ratesOf(config)
  const phases = Schedules.phasesOf(config, rates)
  const peers = Topology.twoCycles(seed, machines)
  const schedules = Schedules.make(durationUs, rates, phases)
  const inFlight = latency.law === "constant" ? InFlight.ring() : InFlight.heap()
  const records = Records.make(blocksPerTurn)

  const columns = () => new Int32Array(machines + 1)
  const [versions, lamports, lengths] = [columns(), columns(), columns()]
  const [rngA, rngB, rngC, rngCounter] = [columns(), columns(), columns(), columns()]
  const lastUs = new Float64Array(machines + 1).fill(-1)
  for (let machine = 1; machine <= machines; machine++) {
    const { a, b, c, counter } = Random.stream(seed, Random.Purpose.roll, machine)
    rngA[machine] = a
    rngB[machine] = b
    rngC[machine] = c
    rngCounter[machine] = counter
  }
  const network = latency.law === "constant" ? [] : networkOf(config)
  /** When the last message on a link arrives: entry 2m is machine m's link to A, 2m + 1 that to B. */
  const lastArrivals = new Float64Array(latency.law === "constant" ? 0 : 2 * machines + 2)

  let nodes = initialMessages
  let sender = new Int32Array(nodes)
  let recipient = new Int32Array(nodes)
  let sendVersion = new Int32Array(nodes)
  let senderLamport = new Int32Array(nodes)
  let sentUs = new Float64Array(nodes)
  let arrivedUs = new Float64Array(nodes)
  let following = new Int32Array(nodes)
  let unused = 0
  let used = 1

  const inbox = queuesOf(machines)
  const door = queuesOf(machines)
  let phase: "starting" | "running" | "stopping" | "over" = "starting"
  let machineAt = 1
  let nowUs = 0

  const larger = <A extends Int32Array | Float64Array>(column: A): A => {
    const grown = new (column.constructor as new (length: number) => A)(nodes)
    grown.set(column as never)
    return grown
  }
  const growPool = (): void => {
    nodes *= 2
    sender = larger(sender)
    recipient = larger(recipient)
    sendVersion = larger(sendVersion)
    senderLamport = larger(senderLamport)
    sentUs = larger(sentUs)
    arrivedUs = larger(arrivedUs)
    following = larger(following)
  }
  const newNode = (): number => {
    if (unused !== 0) {
      const node = unused
      unused = following[node]!
      return node
    }
    if (used === nodes) growPool()
    return used++
  }
  const free = (node: number): void => {
    following[node] = unused
    unused = node
  }
  const enqueue = ({ first, last }: Queues, machine: number, node: number): void => {
    following[node] = 0
    if (first[machine] === 0) first[machine] = node
    else following[last[machine]!] = node
    last[machine] = node
  }
  const dequeue = ({ first }: Queues, machine: number): number => {
    const node = first[machine]!
    first[machine] = following[node]!
    return node
  }

  /** Stamps of one machine, arrivals included, strictly rise. */
  const stamp = (machine: number, atUs: number): number => {
    const stamped = Math.max(atUs, lastUs[machine]! + 1)
    lastUs[machine] = stamped
    return stamped
  }
  const begin = (machine: number, kind: number, atUs: number): void => {
    const version = versions[machine]! + 1
    versions[machine] = version
    records.begin(machine, version, kind, lengths[machine]!, atUs, lamports[machine]!)
  }
  const writeDelivery = (node: number): void => {
    records.u32(sender[node]!)
    records.u32(sendVersion[node]!)
    records.i64(senderLamport[node]!)
    records.i64(sentUs[node]!)
    records.i64(arrivedUs[node]!)
  }

  /** A message's arrival is stamped later than its send, too. */
  const stampArrival = (machine: number, node: number, atUs: number): void => {
    arrivedUs[node] = stamp(machine, Math.max(atUs, sentUs[node]! + 1))
  }
  const enter = (machine: number, node: number, atUs: number): void => {
    stampArrival(machine, node, atUs)
    enqueue(inbox, machine, node)
    lengths[machine]!++
  }
  const takeFrom = (machine: number): number => {
    lengths[machine]!--
    return dequeue(inbox, machine)
  }
  const drop = (machine: number, node: number, kind: number, atUs: number): void => {
    begin(machine, kind, stamp(machine, atUs))
    writeDelivery(node)
    free(node)
  }
  const arrive = (node: number, atUs: number): void => {
    const machine = recipient[node]!
    if (lengths[machine]! < capacity) enter(machine, node, atUs)
    else if (overflow === "backpressure") enqueue(door, machine, node)
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
    if (latency.law === "constant") return atUs + latency.us
    const drawn = latency.lowUs + Random.below(network[machine]!(), latency.highUs - latency.lowUs + 1)
    const link = 2 * machine + isToB
    const arrival = Math.max(atUs + drawn, lastArrivals[link]!)
    lastArrivals[link] = arrival
    return arrival
  }
  const send = (machine: number, isToB: number, atUs: number, stampUs: number): void => {
    const node = newNode()
    sender[node] = machine
    recipient[node] = isToB === 0 ? peers.a[machine]! : peers.b[machine]!
    sendVersion[node] = versions[machine]!
    senderLamport[node] = lamports[machine]!
    sentUs[node] = stampUs
    inFlight.push(node, arrivalUs(machine, isToB, atUs))
  }

  const receive = (machine: number, atUs: number): void => {
    const node = takeFrom(machine)
    lamports[machine] = Math.max(lamports[machine]!, senderLamport[node]!) + 1
    begin(machine, codes.received, stamp(machine, atUs))
    writeDelivery(node)
    free(node)
    if (door.first[machine] !== 0) enter(machine, dequeue(door, machine), atUs)
  }
  const roll = (machine: number): number => {
    const [a, b, c, counter] = [rngA[machine]!, rngB[machine]!, rngC[machine]!, rngCounter[machine]!]
    const sum = (a + b + counter) | 0
    rngA[machine] = b ^ (b >>> 9)
    rngB[machine] = (c + (c << 3)) | 0
    rngC[machine] = (((c << 21) | (c >>> 11)) + sum) | 0
    rngCounter[machine] = counter + 1
    return 1 + Random.below(sum >>> 0, sides)
  }
  const tick = (machine: number, atUs: number): void => {
    if (inbox.first[machine] !== 0) receive(machine, atUs)
    else decide(machine, atUs)
  }
  const decide = (machine: number, atUs: number): void => {
    lamports[machine]!++
    const rolled = roll(machine)
    const stampUs = stamp(machine, atUs)
    const [a, b] = [peers.a[machine]!, peers.b[machine]!]
    const addresses = rolled <= 3 && a !== 0
    begin(machine, addresses ? codes.sent : codes.internal, stampUs)
    if (!addresses) return
    const toA = rolled !== 2 || a === b
    const toB = rolled !== 1 && a !== b
    records.u32(toA && toB ? 2 : 1)
    if (toA) {
      records.u32(a)
      send(machine, 0, atUs, stampUs)
    }
    if (toB) {
      records.u32(b)
      send(machine, 1, atUs, stampUs)
    }
  }

  const start = (machine: number): void => {
    begin(machine, codes.started, stamp(machine, 0))
    records.u32(rates[machine]!)
    records.u32(phases[machine]!)
    const [a, b] = [peers.a[machine]!, peers.b[machine]!]
    records.u32(a === 0 ? 0 : a === b ? 1 : 2)
    if (a !== 0) records.u32(a)
    if (a !== b) records.u32(b)
  }
  const stop = (machine: number): void => {
    begin(machine, codes.finished, stamp(machine, durationUs))
    records.u32(lengths[machine]!)
    // The messages begin in a block of their own.
    if (lengths[machine]! > 0) for (let word = 1; word < 8; word++) records.u32(0)
    for (let node = inbox.first[machine]!; node !== 0; node = following[node]!) writeDelivery(node)
  }

  const deliverUpTo = (untilUs: number): void => {
    for (let atUs = inFlight.nextUs(); atUs <= untilUs; atUs = inFlight.nextUs()) arrive(inFlight.pop(), atUs)
  }
  const run = (): void => {
    while (!records.isFull()) {
      const dueUs = schedules.dueUs()
      if (dueUs === Number.POSITIVE_INFINITY) {
        nowUs = durationUs
        deliverUpTo(durationUs - 1)
        phase = "stopping"
        machineAt = 1
        return
      }
      nowUs = dueUs
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
    nowUs: () => nowUs,
    next: () => {
      if (phase === "starting") each(start, "running")
      if (phase === "running") run()
      if (phase === "stopping") each(stop, "over")
      return records.take()
    },
  }
}

/** The network's draws of each machine's messages, entry 0 unused. */
const networkOf = ({ seed, machines }: RunConfig.RunConfig): ReadonlyArray<() => number> =>
  Array.from({ length: machines + 1 }, (_, machine) => Random.draws(seed, Random.Purpose.network, machine))
