/** What a delivery order lets through, message by message, in cases small enough to draw. */
import { describe, expect, it } from "vitest"
import * as Reach from "../../../src/domain/Reach.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import type { Packet } from "../../../src/runtime/virtual/ModelledMachine.ts"
import { AgreedOrder } from "../../../src/runtime/virtual/ordering/AgreedOrder.ts"
import { CausalOrder } from "../../../src/runtime/virtual/ordering/CausalOrder.ts"
import { HoldBack } from "../../../src/runtime/virtual/ordering/HoldBack.ts"
import type { Order } from "../../../src/runtime/virtual/ordering/Order.ts"
import { SenderOrder } from "../../../src/runtime/virtual/ordering/SenderOrder.ts"

const configOf = (pattern: string, machines = 3): RunConfig.RunConfig => ({
  ...RunConfig.virtualDefaults,
  machines,
  pattern,
  topology: "complete",
  latency: { law: "constant", us: 10 },
})
const reachOf = (pattern: string) => Reach.of(configOf(pattern))
const causal = (pattern: string) => new CausalOrder(reachOf(pattern), pattern === "broadcast")

/** The messages of a send, by recipient. */
const send = (
  order: Order,
  sender: number,
  sendVersion: number,
  recipients: ReadonlyArray<number>,
  atUs = 0,
) => {
  const packets = recipients.map(
    (recipient): Packet => ({
      ...{ sender, sendVersion, recipient, senderLamport: 1, sentAtUs: atUs },
      ...{ lost: false, isHad: false },
    }),
  )
  order.sent(packets, atUs)
  return (recipient: number): Packet => packets.find((packet) => packet.recipient === recipient)!
}

/** A machine's layer, and what it has passed on. */
const layer = (order: Order) => {
  const passedOn: Array<readonly [address: string, heldUs?: number, heldFor?: string]> = []
  const holdBack = new HoldBack(order, ({ sender, sendVersion }, { heldUs, heldFor }) => {
    const address = `${sender}/${sendVersion}`
    passedOn.push(
      heldUs === undefined
        ? [address]
        : heldFor === undefined
          ? [address, heldUs]
          : [address, heldUs, heldFor],
    )
  })
  return { passedOn, arrive: holdBack.arrive.bind(holdBack), look: holdBack.look.bind(holdBack) }
}

const take = (order: Order, packet: Packet) => {
  order.passedOn(packet)
  order.taken(packet)
}

describe("fifo", () => {
  it("holds a message back for the one before it on its link, each for the one that it waited for", () => {
    const order = new SenderOrder(reachOf("pair"))
    const at = layer(order)
    const [first, second, third] = [2, 4, 9].map((version) => send(order, 1, version, [3])(3))
    const another = send(order, 2, 1, [3])(3)
    at.arrive(third!, 10)
    at.arrive(another, 11)
    at.arrive(second!, 12)
    at.arrive(first!, 20)
    expect(at.passedOn).toEqual([["2/1"], ["1/2"], ["1/4", 8, "1/2"], ["1/9", 10, "1/4"]])
  })

  it("numbers the messages to each machine by themselves", () => {
    const order = new SenderOrder(reachOf("pair"))
    send(order, 1, 1, [2])
    expect(order.isNext(send(order, 1, 2, [3])(3))).toBe(true)
  })
})

describe.each(["pair", "broadcast"])("causal order, %s", (pattern) => {
  it("holds an answer back for what it answers", () => {
    const order = causal(pattern)
    const at = layer(order)
    const question = send(order, 1, 1, [2, 3])
    take(order, question(2))
    const answer = send(order, 2, 2, [1, 3])
    at.arrive(answer(3), 10)
    expect(at.passedOn).toEqual([])
    at.arrive(question(3), 15)
    expect(at.passedOn).toEqual([["1/1"], ["2/2", 5, "1/1"]])
  })

  it("holds nothing back for what the sender had in its inbox but had not taken", () => {
    const order = causal(pattern)
    const question = send(order, 1, 1, [2, 3])
    order.passedOn(question(2))
    expect(order.isNext(send(order, 2, 2, [1, 3])(3))).toBe(true)
  })

  it("goes through a machine that sends on to one only, and through what is not for the recipient", () => {
    const order = causal(pattern)
    const at = layer(order)
    const first = send(order, 1, 1, [3])
    const second = send(order, 1, 2, [2])
    take(order, second(2))
    const third = send(order, 2, 3, [1, 3])
    at.arrive(third(3), 10)
    at.arrive(first(3), 12)
    expect(at.passedOn).toEqual([["1/1"], ["2/3", 2, "1/1"]])
  })
})

describe("total order", () => {
  it("lets a message in with its number, and in the order of numbers", () => {
    const order = new AgreedOrder(configOf("broadcast", 4))
    const at = layer(order)
    const [a, b] = [send(order, 2, 1, [1, 3, 4], 0), send(order, 3, 1, [1, 2, 4], 5)]
    at.arrive(b(4), 6)
    at.arrive(a(4), 7)
    expect(at.passedOn).toEqual([])
    const came: Array<unknown> = []
    while (order.notices.nextUs < Number.POSITIVE_INFINITY) {
      const { atUs, machine } = order.notices.next()
      came.push([atUs, machine])
      if (machine === 4) at.look(atUs)
    }
    // Requests take 10, and so do the numbers; those of the sequencer itself take nothing.
    expect(came).toEqual([
      [10, 1],
      [15, 1],
      [20, 3],
      [20, 4],
      [25, 2],
      [25, 4],
    ])
    expect(at.passedOn).toEqual([
      ["2/1", 13],
      ["3/1", 19],
    ])
  })

  it("gives messages of one sender their numbers in the order of its sends, and the sequencer's own at once", () => {
    const order = new AgreedOrder(configOf("broadcast"))
    const own = send(order, 1, 1, [2, 3])
    expect([order.isNext(own(2)), order.isNext(own(3))]).toEqual([true, true])
  })
})

describe("a delivery order", () => {
  const problemOf = (over: Partial<Record<keyof RunConfig.RunConfig, unknown>>): string | undefined => {
    const decoded = RunConfig.decode({ ...RunConfig.virtualDefaults, ...over })
    return decoded._tag === "Left" ? `${decoded.left.field} ${decoded.left.problem}` : undefined
  }
  const crash = [
    { fault: "crash", machine: 1, atUs: 1 },
    { fault: "restart", machine: 1, atUs: 2 },
  ]

  it.each([
    [{ delivery: "fifo", lossPpm: 1 }, 'found "fifo" with loss'],
    [{ delivery: "causal", duplicationPpm: 1 }, 'found "causal" with duplication'],
    [{ delivery: "total", faults: crash }, 'found "total" with a crash'],
    [{ delivery: "none" }, 'found "none"'],
    [{ delivery: "causal", machines: 101 }, "found 101 machines"],
    [{ delivery: "total", machines: 51, pattern: "broadcast" }, "found 2550"],
  ])("is refused: %j", (over, found) => {
    expect(problemOf(over)).toMatch(/^delivery must be/)
    expect(problemOf(over)).toContain(found)
  })

  it("is none of a real run's", () => {
    const decoded = RunConfig.decode({ ...RunConfig.defaults, delivery: "fifo" })
    expect(decoded._tag === "Left" && decoded.left.problem).toBe(
      "must be left out of a real run, whose machines are handed messages as its links bring them, those of each link in order",
    )
  })

  it("is had up to the limits, and with faults that lose nothing", () => {
    expect(problemOf({ delivery: "causal", machines: 100 })).toBeUndefined()
    expect(problemOf({ delivery: "total", machines: 50, pattern: "broadcast" })).toBeUndefined()
    expect(problemOf({ delivery: "fifo", machines: 5_000 })).toBeUndefined()
    const faults = [{ fault: "pause", machine: 1, atUs: 1 }]
    expect(problemOf({ delivery: "causal", faults })).toBeUndefined()
  })
})
