/**
 * The ticks of all machines in the order in which they are due, those of one instant by machine. Machines of one rate
 * never overtake each other, so each rate is a ring over its machines by phase, and the next tick is the least of a
 * few heads.
 */
import * as RunConfig from "../../domain/RunConfig.ts"

export interface Schedules {
  /** The machine whose tick is next. */
  readonly machine: () => number
  /** When it is due, microseconds from the start; infinite once none is due before the run's end. */
  readonly dueUs: () => number
  readonly advance: () => void
}

interface Ring {
  readonly rate: number
  readonly machines: Int32Array
  readonly phases: Int32Array
  at: number
  round: number
  /** Of the round: floor(round * 1e6 / rate). */
  offsetUs: number
}

const ringsOf = (rates: Uint16Array, phases: Int32Array): ReadonlyArray<Ring> => {
  const byRate = new Map<number, Array<number>>()
  for (let machine = 1; machine < rates.length; machine++) {
    const rate = rates[machine]!
    byRate.set(rate, byRate.get(rate) ?? [])
    byRate.get(rate)!.push(machine)
  }
  return [...byRate].map(([rate, unordered]): Ring => {
    const machines = Int32Array.from(unordered).sort((a, b) => phases[a]! - phases[b]! || a - b)
    return {
      rate,
      machines,
      phases: machines.map((machine) => phases[machine]!),
      at: 0,
      round: 0,
      offsetUs: 0,
    }
  })
}

export const phasesOf = (config: RunConfig.RunConfig, rates: Uint16Array): Int32Array =>
  Int32Array.from(rates, (rate, machine) =>
    machine === 0 ? 0 : RunConfig.phaseOf(config.seed, machine, rate),
  )

export const make = (durationUs: number, rates: Uint16Array, phases: Int32Array): Schedules => {
  const rings = ringsOf(rates, phases)
  const dues = new Float64Array(rings.length)
  const machines = new Int32Array(rings.length)
  let next = 0

  const show = (i: number): void => {
    const { at, offsetUs, phases: of, machines: who } = rings[i]!
    const due = of[at]! + offsetUs
    dues[i] = due < durationUs ? due : Number.POSITIVE_INFINITY
    machines[i] = who[at]!
  }
  const choose = (): void => {
    next = 0
    for (let i = 1; i < dues.length; i++)
      if (dues[i]! < dues[next]! || (dues[i] === dues[next] && machines[i]! < machines[next]!)) next = i
  }
  for (let i = 0; i < rings.length; i++) show(i)
  choose()
  return {
    machine: () => machines[next]!,
    dueUs: () => dues[next]!,
    advance: () => {
      const ring = rings[next]!
      if (++ring.at === ring.machines.length) {
        ring.at = 0
        ring.offsetUs = Math.floor((++ring.round * 1_000_000) / ring.rate)
      }
      show(next)
      choose()
    },
  }
}
