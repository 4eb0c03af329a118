/** A short round of scripts/torture.ts, and a look whether its planted bugs can still be planted. */
import { spawnSync } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, inject, it, vi } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import { campaign, summary } from "./Campaign.ts"
import * as Ledger from "./Ledger.ts"
import { planted } from "./Planted.ts"

vi.setConfig({ testTimeout: 240_000 })

describe("a run that is tortured", () => {
  for (const [store, rounds] of [
    ["native", 4],
    ["embedded", 1],
  ] as const)
    it(`loses nothing and doubles nothing, on the ${store} store`, async () => {
      const seed = Math.floor(Math.random() * 1_000_000)
      console.log(`${rounds} rounds of torture on the ${store} store: seed ${seed}`)
      const results = await campaign({ program: inject("program"), store, rounds, seed, workers: 2 })
      for (const line of summary(results)) console.log(line)
      expect(results.flatMap(({ complaints }) => complaints)).toEqual([])
      expect(results.flatMap(({ kills }) => kills).length).toBeGreaterThan(0)
    })
})

describe("the ledger", () => {
  const log = [
    { machine: 1, version: 1, kind: "started", position: 1, payload: {} },
    { machine: 1, version: 2, kind: "sent", position: 2, payload: { recipients: [2] } },
  ] as unknown as ReadonlyArray<Logged>
  const judged = (...lines: ReadonlyArray<string>) =>
    Ledger.contradictions(Ledger.parse(`${lines.join("\n")}\n`), log)

  it("has nothing against a log that holds what was acknowledged, and what left afterwards", () => {
    expect(judged("begin 1 1/1,1/2", "ack 1 2", "left 1 2 2")).toEqual([])
    expect(
      judged("begin 1 1/1,1/2", "lost 1", "left 1 2 2", "begin 2 1/1,1/2", "refused 2", "head 2"),
    ).toEqual([])
  })

  it("finds what was acknowledged and is not there, and what left too early or was never sent", () => {
    expect(judged("begin 1 1/1,1/2,1/3", "ack 1 3")).toHaveLength(1)
    expect(judged("begin 1 1/1,1/2", "left 1 2 2", "ack 1 2")).toHaveLength(1)
    expect(judged("begin 1 1/1,1/2", "ack 1 2", "left 1 3 2")).toHaveLength(1)
  })
})

describe("a planted bug", () => {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  for (const name of planted())
    it(`${name} can still be planted`, () => {
      const patch = join(root, "test", "planted", `${name}.patch`)
      const { status, stdout } = spawnSync("patch", ["-p1", "--dry-run", "-i", patch], {
        cwd: root,
        encoding: "utf8",
      })
      expect(status, stdout).toBe(0)
    })
})
