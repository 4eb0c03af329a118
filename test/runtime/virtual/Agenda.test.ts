import { describe, expect, it } from "vitest"
import * as Random from "../../../src/domain/Random.ts"
import * as Schedule from "../../../src/domain/Schedule.ts"
import * as Agenda from "../../../src/runtime/virtual/Agenda.ts"

const seed = Number(process.env.LIGHTCONE_TEST_SEED ?? Date.now() % 1_000_000)

const dueIn = (agenda: Agenda.Agenda): Array<[us: number, slot: number]> => {
  const due: Array<[number, number]> = []
  while (agenda.turn())
    for (let i = 0; i < agenda.count(); i++)
      due.push([agenda.baseUs[0]! + agenda.offsetsUs[i]!, agenda.slots[i]!])
  return due
}

describe(`the agenda, seed ${seed}`, () => {
  it("has every tick before the end, by time and then by machine, however it is cut into windows", () => {
    const draw = Random.draws(seed, Random.Purpose.experiment, 1)
    const below = (n: number) => Random.below(draw(), n)
    for (let round = 0; round < 200; round++) {
      const machines = 1 + below(12)
      const numbers = Array.from({ length: machines }, (_, i) => i + 1)
      const rates = Uint16Array.of(0, ...numbers.map(() => [1, 3, 7, 600, 1_000][below(5)]!))
      const phasesUs = Int32Array.from(rates, () => below(2) * below(1_000))
      const slotOf = Int32Array.from(rates, (_, machine) => machines - machine)
      const durationUs = 1 + below(2_500_000)
      const expected = numbers.flatMap((machine) =>
        Array.from(
          { length: Schedule.ticksDue(phasesUs[machine]!, rates[machine]!, durationUs) },
          (_, tick) => [Schedule.offsetUs(phasesUs[machine]!, rates[machine]!, tick), slotOf[machine]!],
        ),
      )
      // The sort is stable: those of one instant stay by machine.
      expected.sort(([one], [two]) => one! - two!)
      const mostTicks = [undefined, 1_000, 37][below(3)]
      const found = dueIn(Agenda.make(durationUs, rates, phasesUs, slotOf, mostTicks))
      expect(found, `round ${round}`).toEqual(expected)
    }
  })
})
