import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { expect, it, vi } from "vitest"
import * as MadeRun from "../../src/cli/MadeRun.ts"
import * as RunMaking from "../../src/cli/RunMaking.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"

vi.setConfig({ testTimeout: 60_000 })

const config = (over: object) =>
  Either.getOrThrow(RunConfig.decode({ ...RunConfig.virtualDefaults, ...over }))

/** The first run is the longest by far, so that others overtake it; together long enough for threads to be started. */
const configs = [
  config({ seed: 1, machines: 300, durationUs: 200_000_000 }),
  ...Array.from({ length: 12 }, (_, i) => config({ seed: i, machines: 20, durationUs: 30_000_000 })),
]

const alone = (one: RunConfig.RunConfig): MadeRun.MadeRun => {
  const making = MadeRun.make(one)
  let step = making.next()
  while (step.done !== true) step = making.next()
  return step.value
}

const made = async (workers: number) => {
  const order: Array<number> = []
  const fewer: Array<string> = []
  const results = await Effect.runPromise(
    RunMaking.make({
      configs,
      workers,
      onMade: (index) => order.push(index),
      onFewer: (reason) => fewer.push(reason),
    }),
  )
  return { results, order, fewer }
}

it("gives the same results in the same order, whatever the number of threads and whichever run is first", async () => {
  const expected = configs.map(alone)
  expect(new Set(expected.map(({ digest }) => digest)).size).toBe(configs.length)
  const one = await made(1)
  expect(one.results).toEqual(expected)
  const three = await made(3)
  expect(three.fewer).toEqual([])
  expect(three.results).toEqual(expected)
  expect([...three.order].sort((a, b) => a - b)).toEqual(configs.map((_, i) => i))
  expect(three.order[0], "the long run was not overtaken: threads made nothing").not.toBe(0)
})

it("tells which run a defect was in", async () => {
  const broken = { ...configs[0]!, machines: -1 }
  await expect(
    Effect.runPromise(RunMaking.make({ configs: [broken], workers: 1, onMade: () => {} })),
  ).rejects.toThrow()
})
