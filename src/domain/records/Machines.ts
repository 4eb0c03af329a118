import * as Random from "../Random.ts"
import type { Setting } from "../verification/Setting.ts"
import { ticksDue } from "../verification/Setting.ts"
import * as Columns from "./Columns.ts"
import * as Link from "./layout/Link.ts"
import * as Machine from "./layout/Machine.ts"

/** Machines before their first event, entry 0 unused. */
export const initial = (setting: Setting): Columns.Columns => {
  const { config, rates, phasesUs } = setting
  const peers = setting.reach.peers!
  const { machines, seed } = config
  const columns = Columns.make((machines + 1) * Machine.words)
  const { words, doubles } = columns
  const hear = (recipient: number, sender: number): void => {
    const first = recipient * Machine.words + Machine.links
    words[words[first + Link.sender] === 0 ? first : first + Link.words] = sender
  }
  for (let machine = 1; machine <= machines; machine++) {
    const rng = Random.stream(seed, Random.Purpose.roll, machine)
    const at = machine * Machine.words
    const [a, b] = [peers.a[machine]!, peers.b[machine]!]
    words[at + Machine.queueLength] = Machine.unborn
    words[at + Machine.rngA] = rng.a
    words[at + Machine.rngB] = rng.b
    words[at + Machine.rngC] = rng.c
    words[at + Machine.rngCounter] = rng.counter
    words[at + Machine.peerA] = a
    words[at + Machine.peerB] = b
    words[at + Machine.ticksDue] = ticksDue(setting, machine)
    words[at + Machine.rate] = rates[machine]!
    words[at + Machine.phaseUs] = phasesUs[machine]!
    doubles[machine * Machine.doubles + Machine.lastUs] = -1
    doubles[machine * Machine.doubles + Machine.lastArrivalUs] = -1
    if (a !== 0) hear(a, machine)
    if (b !== a) hear(b, machine)
  }
  return columns
}
