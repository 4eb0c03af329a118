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

/** All rings, one after the other: ring i is the machines from `begins[i]` to before `begins[i + 1]`. */
interface Rings {
  readonly rates: ReadonlyArray<number>
  readonly begins: Int32Array
  readonly machines: Int32Array
  readonly phases: Int32Array
}

const ringsOf = (rates: Uint16Array, phases: Int32Array): Rings => {
  const byRate = new Map<number, Array<number>>()
  for (let machine = 1; machine < rates.length; machine++) {
    const rate = rates[machine]!
    byRate.set(rate, byRate.get(rate) ?? [])
    byRate.get(rate)!.push(machine)
  }
  const begins = new Int32Array(byRate.size + 1)
  const machines = new Int32Array(rates.length - 1)
  let [ring, end] = [0, 0]
  for (const of of byRate.values()) {
    machines.set(
      of.sort((a, b) => phases[a]! - phases[b]! || a - b),
      end,
    )
    end += of.length
    begins[++ring] = end
  }
  return { rates: [...byRate.keys()], begins, machines, phases: machines.map((machine) => phases[machine]!) }
}

export const phasesOf = (config: RunConfig.RunConfig, rates: Uint16Array): Int32Array =>
  Int32Array.from(rates, (rate, machine) =>
    machine === 0 ? 0 : RunConfig.phaseOf(config.seed, machine, rate),
  )

export const make = (durationUs: number, rates: Uint16Array, phasesUs: Int32Array): Schedules => {
  const { rates: ringRates, begins, machines, phases } = ringsOf(rates, phasesUs)
  const rings = ringRates.length
  const places = begins.slice(0, rings)
  const rounds = new Float64Array(rings)
  /** Of the round: floor(round * 1e6 / rate). */
  const offsets = new Float64Array(rings)
  /** When the tick at the head of each ring is due. */
  const dues = new Float64Array(rings)
  let next = 0

  const show = (ring: number): void => {
    const due = phases[places[ring]!]! + offsets[ring]!
    dues[ring] = due < durationUs ? due : Number.POSITIVE_INFINITY
  }
  const choose = (): void => {
    let least = 0
    for (let ring = 1; ring < rings; ring++) {
      if (dues[ring]! > dues[least]!) continue
      if (dues[ring]! < dues[least]! || machines[places[ring]!]! < machines[places[least]!]!) least = ring
    }
    next = least
  }
  for (let ring = 0; ring < rings; ring++) show(ring)
  choose()
  return {
    machine: () => machines[places[next]!]!,
    dueUs: () => dues[next]!,
    advance: () => {
      if (++places[next]! === begins[next + 1]) {
        places[next] = begins[next]!
        rounds[next]!++
        offsets[next] = Math.floor((rounds[next]! * 1_000_000) / ringRates[next]!)
      }
      show(next)
      choose()
    },
  }
}
