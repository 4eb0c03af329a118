import * as Either from "effect/Either"
import { expect, it } from "vitest"
import * as Experiment from "../../src/domain/Experiment.ts"
import * as Description from "../../src/domain/experiment/Description.ts"

const planned = (document: unknown) =>
  Either.flatMap(Description.decode(document), (description) =>
    Experiment.plan(description, { virtual: true }),
  )

const refusal = (document: unknown): string =>
  Either.match(planned(document), { onLeft: ({ message }) => message, onRight: () => "it is taken" })

it("a sweep makes a curve of each setting, at the values in their order", () => {
  const plan = Either.getOrThrow(
    planned({
      repetitions: 2,
      settings: [
        { name: "even", rates: [4, 4, 4] },
        { name: "uneven", rates: [1, 6, 6] },
      ],
      sweep: { latency: ["2ms", "1s"] },
    }),
  )
  expect(plan.sweep).toEqual({ option: "latency", values: ["2ms", "1s"], numbers: [2, 1_000] })
  expect(plan.settings.map(({ swept }) => swept)).toEqual([
    { curve: "even", at: 0 },
    { curve: "even", at: 1 },
    { curve: "uneven", at: 0 },
    { curve: "uneven", at: 1 },
  ])
  expect(plan.runs.map(({ config }) => config.latency)).toEqual(
    [2_000, 2_000, 1_000_000, 1_000_000, 2_000, 2_000, 1_000_000, 1_000_000].map((us) => ({
      law: "constant",
      us,
    })),
  )
})

it.each([
  [{ sweep: { sides: [5, 6], capacity: [1, 2] } }, "must be one setting with a list of values, found 2"],
  [{ grid: { sides: [5] }, sweep: { sides: [6, 7] } }, "sweep.sides must not be there: the grid gives it"],
  [{ settings: [{ sides: 5 }], sweep: { sides: [6, 7] } }, "settings[0].sides must not be there: the sweep"],
  [{ sweep: { latency: ["soon"] } }, "a time such as 5ms"],
  [{ sweep: { sides: [6, 2] } }, "sweep.sides[1] must be a whole number of sides"],
])("a sweep that cannot be made is refused at its place: %j", (document, words) => {
  expect(refusal(document)).toContain(words)
})
