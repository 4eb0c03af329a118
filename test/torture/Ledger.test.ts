import { describe, expect, it } from "vitest"
import * as Ledger from "./Ledger.ts"

const ledger = (...lines: ReadonlyArray<string>) => Ledger.parse(lines.map((line) => `${line}\n`).join(""))

describe("an append that was refused, and its writer looks at the head", () => {
  const refused = ["begin 1 1/1,1/2", "ack 1 2", "begin 2 1/3,2/1", "lost 2", "begin 3 1/3,2/1", "refused 3"]

  it("had taken place where it is the log's last", () => {
    expect(ledger(...refused, "head 4 3").acknowledged.at(-1)).toEqual({ events: ["1/3", "2/1"], head: 4 })
  })

  it("had not where another owner came exactly as far", () => {
    expect(ledger(...refused, "head 4 0").acknowledged).toEqual([{ events: ["1/1", "1/2"], head: 2 }])
  })
})
