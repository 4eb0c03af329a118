/** Receipts of runs with a delivery order, and what kind of order stands between two of them. */
import type { DeliveryOrder } from "../../src/domain/DeliveryOrder.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import type { Loose } from "./BrokenLogs.ts"

type Log = ReadonlyArray<Loose>
export type Pair = (first: Loose, second: Loose, log: Log) => boolean

export const configOf = (delivery: DeliveryOrder): RunConfig.RunConfig => ({
  ...RunConfig.virtualDefaults,
  ...{ seed: 3, machines: 4, rates: [4, 5, 6, 6], sides: 4, pattern: "broadcast", topology: "complete" },
  ...{
    durationUs: 20_000_000,
    links: "unordered",
    latency: { law: "exponential", meanUs: 500_000 },
    delivery,
  },
})

export const receiptsOf = (log: Log, machine: number): Log =>
  log.filter((event) => event.kind === "received" && event.machine === machine)
export const sentBy = ({ payload: { sender, sendVersion } }: Loose): string => `${sender}/${sendVersion}`

const sendOf = (log: Log, { payload: { sender, sendVersion } }: Loose): Loose =>
  log.find(({ machine, version }) => machine === sender && version === sendVersion)

/** Whether a message was received by another's sender before that was sent. */
const isTold: Pair = (first, second, log) => {
  const { sender, sendVersion } = second.payload
  return receiptsOf(log, sender).some(
    (event) => sentBy(event) === sentBy(first) && event.version < sendVersion,
  )
}

export const isOfOneSender: Pair = (first, second) => first.payload.sender === second.payload.sender

export const isThroughAnother: Pair = (first, second, log) =>
  !isOfOneSender(first, second, log) && isTold(first, second, log)

/** Of messages to all, so that others have both. */
export const isConcurrent: Pair = (first, second, log) =>
  !isOfOneSender(first, second, log) &&
  !isTold(first, second, log) &&
  [first, second].every((receipt) => sendOf(log, receipt).payload.recipients.length === 3)

/** Two receipts of one machine that follow each other, whose messages were on the way together. */
export const successive = (log: Log, isMeant: Pair): readonly [Loose, Loose] => {
  for (const machine of [1, 2, 3, 4]) {
    const receipts = receiptsOf(log, machine)
    for (const [i, first] of receipts.entries()) {
      const second = receipts[i + 1]
      if (second === undefined || log.indexOf(sendOf(log, second)) >= log.indexOf(first)) continue
      if (isMeant(first, second, log)) return [first, second]
    }
  }
  throw new Error("no such receipts")
}
