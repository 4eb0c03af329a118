import { describe, expect, it } from "vitest"
import * as Random from "../../../src/domain/Random.ts"
import * as KeySort from "../../../src/runtime/virtual/KeySort.ts"

const seed = Number(process.env.LIGHTCONE_TEST_SEED ?? Date.now() % 1_000_000)

describe(`pairs by key, seed ${seed}`, () => {
  it("are in order, those of one key as they were, wherever the keys lie", () => {
    const draw = Random.draws(seed, Random.Purpose.experiment, 1)
    const below = (n: number) => Random.below(draw(), n)
    for (let round = 0; round < 400; round++) {
      const count = [0, 1, 2, 3, 17, 1_000][below(6)]!
      const from = [0, 1, 1_999_000_000][below(3)]!
      const range = [1, 2, 100, 1_000_000][below(4)]!
      const keys = Int32Array.from({ length: count }, () => from + below(range))
      const order = [...keys.keys()].sort((i, j) => keys[i]! - keys[j]! || i - j)
      const into = { keys: new Int32Array(count + 1).fill(-1), values: new Int32Array(count + 1).fill(-1) }
      const after = Int32Array.of(...keys, 0)
      KeySort.sort({ keys: after, values: Int32Array.from(after.keys()) }, count, into)
      expect([...into.values], `round ${round}`).toEqual([...order, -1])
      expect([...into.keys]).toEqual([...order.map((i) => keys[i]), -1])
    }
  })
})
