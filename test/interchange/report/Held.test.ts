/** What reports and SQL tell of messages that were held back, beside a count of the receipts themselves. */
import { beforeAll, describe, expect, it } from "vitest"
import type { Logged, Received } from "../../../src/domain/ClockEvent.ts"
import { heldMessages } from "../../../src/domain/projections/HeldMessages.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Collect from "../../../src/interchange/report/Collect.ts"
import * as Tables from "../../../src/interchange/report/Tables.ts"
import { modelledLog } from "../../domain/ModelledLog.ts"

const config: RunConfig.RunConfig = {
  ...RunConfig.virtualDefaults,
  ...{ seed: 5, machines: 4, sides: 5, pattern: "broadcast", durationUs: 30_000_000, delivery: "total" },
  ...{ links: "unordered", latency: { law: "exponential", meanUs: 700_000 } },
}
const collected = (log: ReadonlyArray<Logged>): Collect.Collected => {
  const collection = Collect.make()
  for (const event of log) collection.step(event)
  return collection.finish()
}

describe("messages that were held back", () => {
  let log: ReadonlyArray<Logged>
  let receipts: ReadonlyArray<Received>
  beforeAll(() => {
    log = modelledLog(config)
    receipts = log.filter((event): event is Logged<Received> => event.kind === "received")
  })
  const rowsOf = (machine: number) =>
    receipts
      .filter((event) => event.machine === machine && event.payload.heldUs !== undefined)
      .map(({ payload }) => [payload.arrivedAtUs - payload.heldUs!, payload.arrivedAtUs] as const)

  it("are a row each in held_messages, from when they came until they were let in", () => {
    const rows = log.flatMap((event) => heldMessages.apply(null, event).changes.map(({ row }) => row))
    expect(rows.length).toBeGreaterThan(50)
    for (const machine of [1, 2, 3, 4])
      expect(
        rows.filter(({ recipient }) => recipient === machine).map((row) => [row.came_at, row.let_in_at]),
      ).toEqual(rowsOf(machine))
    const [first] = receipts.filter(({ payload }) => payload.heldFor !== undefined)
    expect(rows).toContainEqual({
      ...{
        recipient: first!.machine,
        sender: first!.payload.sender,
        send_version: first!.payload.sendVersion,
      },
      ...{
        came_at: first!.payload.arrivedAtUs - first!.payload.heldUs!,
        let_in_at: first!.payload.arrivedAtUs,
      },
      ...{ held_us: first!.payload.heldUs, held_for: first!.payload.heldFor },
    })
  })

  it("are counted at the moment when a layer held most, by machine", () => {
    const { held } = collected(log)
    for (const [i, found] of held!.entries()) {
      const rows = rowsOf(i + 1)
      const heldAt = (us: number) => rows.filter(([came, letIn]) => came <= us && us < letIn).length
      const lengths = rows.map(([came, letIn]) => letIn - came).sort((a, b) => a - b)
      expect(found).toEqual({
        received: receipts.filter(({ machine }) => machine === i + 1).length,
        held: rows.length,
        mostAtOnce: Math.max(...rows.map(([came]) => heldAt(came))),
        medianUs: lengths[Math.ceil(lengths.length / 2) - 1],
        p99Us: lengths[Math.ceil(0.99 * lengths.length) - 1],
        maxUs: lengths.at(-1),
      })
      expect(found.mostAtOnce).toBeGreaterThan(1)
    }
  })

  it("have a table in the report, and words at their receipts; a run without an order has neither", () => {
    const ofOrder = collected(log)
    const table = Tables.held(ofOrder, ofOrder.held!)
    expect(table.rows.map((row) => row.slice(0, 4))).toEqual(
      ofOrder.held!.map(({ received, held, mostAtOnce }, i) => [i + 1, received, held, mostAtOnce]),
    )
    expect(Object.values(ofOrder.diagram.remarks)[0]).toMatch(
      /^held back for .* of its time on the network, for /,
    )
    const { delivery: _, ...plain } = config
    const without = collected(modelledLog(plain))
    expect([without.held, without.diagram.remarks]).toEqual([undefined, {}])
  })
})
