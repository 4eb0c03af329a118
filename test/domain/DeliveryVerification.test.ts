/** Records of runs with a delivery order, spoilt on purpose: the order's invariant names what is wrong with each. */
import { describe, expect, it } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import { type DeliveryOrder, orders } from "../../src/domain/DeliveryOrder.ts"
import * as Verification from "../../src/domain/Verification.ts"
import { type Loose, swap } from "./BrokenLogs.ts"
import { modelledLog } from "./ModelledLog.ts"
import {
  configOf,
  isConcurrent,
  isOfOneSender,
  isThroughAnother,
  type Pair,
  receiptsOf,
  sentBy,
  successive,
} from "./OrderedReceipts.ts"

const logs = Object.fromEntries(orders.map((order) => [order, modelledLog(configOf(order))]))
const logOf = (order: DeliveryOrder): Array<Loose> => structuredClone(logs[order]) as Array<Loose>

const failuresOf = (log: ReadonlyArray<Logged>) =>
  Verification.verify(log)
    .checks.filter(({ invariant }) => invariant === "delivery")
    .flatMap(({ failures }) => failures)
const address = ({ machine, version }: Loose): string => `${machine}/${version}`

/** What is found if two receipts of one machine that follow each other change places. */
const swapped = (order: DeliveryOrder, isMeant: Pair) => {
  const log = logOf(order)
  const [first, second] = successive(log, isMeant)
  const [earlier, later] = [sentBy(first), sentBy(second)]
  swap(first, second)
  return { failures: failuresOf(log), receipt: address(first), earlier, later, machine: first.machine }
}

describe("receipts in another order", () => {
  it.each(orders)("of one sender are found in %s order", (order) => {
    const { failures, receipt, earlier, later, machine } = swapped(order, isOfOneSender)
    const fifo = failures.filter(({ rule }) => rule === "fifo")
    expect(fifo.map(({ events }) => events)).toEqual([[receipt, later, earlier]])
    expect(fifo[0]!.message).toContain(
      `In fifo order machine ${machine} must have ${earlier} before ${later}, as it was sent to it too and earlier by the same machine`,
    )
  })

  it.each(["causal", "total"] as const)(
    "that went through a third machine are found in %s order",
    (order) => {
      const { failures, receipt, earlier, later, machine } = swapped(order, isThroughAnother)
      const causal = failures.filter(({ rule }) => rule === "causal")
      expect(causal.map(({ events }) => events)).toEqual([[receipt, later, earlier]])
      expect(causal[0]!.message).toContain(
        `In causal order machine ${machine} must have ${earlier} before ${later}, as it was sent to it too and its send happened before that of ${later}`,
      )
    },
  )

  it("that are none of each other's past are found in total order, and are in causal order", () => {
    const { failures, earlier, later, machine } = swapped("total", isConcurrent)
    expect(failures.map(({ rule }) => rule).filter((rule) => rule !== "held")).toContain("total")
    const total = failures.find(({ rule }) => rule === "total")!
    expect(total.events).toEqual(expect.arrayContaining([earlier, later]))
    expect(total.message).toMatch(/^In total order machines \d and \d must receive/)
    expect(total.message).toContain(`machine ${machine} with ${later} first`)
    const { failures: ofCausal } = swapped("causal", isConcurrent)
    expect(ofCausal.filter(({ rule }) => rule !== "held")).toEqual([])
  })
})

describe.each(orders)("of a message that was held back, in %s order,", (order) => {
  /** A receipt late enough to have a past, that waited for another message. */
  const held = (log: Array<Loose>): Loose =>
    log.filter(({ kind, payload }) => kind === "received" && payload.heldFor !== undefined)[30]
  const spoilt = (spoil: (receipt: Loose, log: Array<Loose>) => void) => {
    const log = logOf(order)
    const receipt = held(log)
    spoil(receipt, log)
    const failures = failuresOf(log)
    expect(failures.map(({ rule, events }) => ({ rule, events }))).toEqual([
      { rule: "held", events: [address(receipt), sentBy(receipt)] },
    ])
    return failures[0]!.message
  }

  it("the record as it is made says what holds", () => {
    expect(failuresOf(logOf(order))).toEqual([])
  })

  it.each([
    ["as long as from its send", ({ sentAtUs, arrivedAtUs }: Loose) => arrivedAtUs - sentAtUs],
    ["no time that is said", () => undefined],
  ])("it is found that it was held for %s", (_, heldUs) => {
    const message = spoilt(({ payload }) => {
      payload.heldUs = heldUs(payload)
    })
    expect(message).toContain(
      "A message is held back from when it came, after it was sent, until it is let in",
    )
  })

  it("it is found that it was held for less than no time, which is no event", () => {
    const log = logOf(order)
    const receipt = held(log)
    receipt.payload.heldUs = -1
    const [shape] = Verification.verify(log).checks.flatMap(({ failures }) => failures)
    expect(shape).toMatchObject({ rule: "shape", events: [address(receipt)] })
  })

  it.each([
    [
      "itself, which it cannot wait for",
      (receipt: Loose) => sentBy(receipt),
      /which was still to come to it/,
    ],
    [
      "one that comes later",
      (receipt: Loose, log: Array<Loose>) => {
        const receipts = receiptsOf(log, receipt.machine)
        return sentBy(receipts[receipts.indexOf(receipt) + 5])
      },
      /which (was still to come to it|nobody had sent to it)/,
    ],
    [
      "one that is sent later",
      (receipt: Loose, log: Array<Loose>) =>
        address(log.findLast(({ kind, machine }) => kind === "sent" && machine !== receipt.machine)),
      /which (nobody had sent to it|did not come)/,
    ],
    [
      "one that it had had long before",
      (receipt: Loose, log: Array<Loose>) => sentBy(receiptsOf(log, receipt.machine)[0]),
      /which did not come to it while that was held back/,
    ],
    [
      "an event that sends nothing",
      (receipt: Loose, log: Array<Loose>) =>
        address(log.find(({ kind, machine }) => kind === "internal" && machine !== receipt.machine)),
      /which did not come to it while that was held back/,
    ],
    ["a machine that there is not", () => "9/1", /which nobody had sent to it/],
    ["no event", () => "nobody", /which nobody had sent to it/],
  ])("it is found that it was held back for %s", (_, heldFor, words) => {
    const message = spoilt((receipt, log) => {
      receipt.payload.heldFor = heldFor(receipt, log)
    })
    expect(message).toContain(`in ${order} order, and let in as soon as machine`)
    expect(message).toMatch(words)
  })
})

describe("a run without a delivery order", () => {
  const plain = () => {
    const { delivery: _, ...config } = configOf("fifo")
    return structuredClone(modelledLog(config)) as Array<Loose>
  }

  it.each([{ heldUs: 1 }, { heldFor: "2/1" }])("holds nothing back: %j is found", (heldBack) => {
    const log = plain()
    expect(failuresOf(log)).toEqual([])
    const receipt = receiptsOf(log, 1)[3]
    Object.assign(receipt.payload, heldBack)
    const [failure, ...more] = failuresOf(log)
    expect(more).toEqual([])
    expect(failure).toMatchObject({ rule: "held", events: [address(receipt), "0/1"] })
    expect(failure!.message).toContain("No message is held back in a run without a delivery order")
  })
})
