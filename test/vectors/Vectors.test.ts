/** The published vectors are what the engine makes. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { configurations, vectorOf } from "./Vectors.ts"

describe("the vectors of virtual time", () => {
  const published = JSON.parse(readFileSync(new URL("virtual.json", import.meta.url), "utf8"))

  it("are those of their configurations", () => {
    expect(published.map(({ config }: { config: unknown }) => config)).toEqual(configurations)
  })
  for (const [i, config] of configurations.entries())
    it(`hold: ${config.machines} machines, seed ${config.seed}`, () => {
      expect(JSON.parse(JSON.stringify(vectorOf(config)))).toEqual(published[i])
    })
})
