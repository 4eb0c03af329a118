/** Runs under load over wires that are cut at random, one policy of full inboxes after the other. */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import type { Recorded } from "../../src/domain/ClockEvent.ts"
import { EventLog } from "../../src/domain/EventLog.ts"
import * as Random from "../../src/domain/Random.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Verification from "../../src/domain/Verification.ts"
import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import * as Laboratory from "../../src/runtime/Laboratory.ts"
import { type Disposal, disposals } from "./Disposal.ts"
import * as Wires from "./Wire.ts"

export const run = "abcdefghijkl"
const timing = { heartbeatMs: 150, silenceMs: 600 }
const betweenCutsMs = 120
/** Silence is noticed within timing and a pulse, and a link is back within its longest backoff. */
const settleMs = timing.silenceMs + 2_500

export interface Outcome {
  readonly verdict: Verification.Verdict
  readonly disposals: ReadonlyArray<Disposal>
  /** By how it was made. */
  readonly cuts: Readonly<Record<string, number>>
  readonly lastCutUs: number
  readonly refused: Laboratory.Outcome["refused"]
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Cuts a wire at a time until so many have been cut, each way in its turn from a random one on. */
const cutAll = async (wires: Wires.Wires, count: number, seed: number) => {
  const draw = Random.draws(seed, Random.Purpose.fault, 0)
  const ways = Wires.howCut.flatMap((how) =>
    Wires.whereCut.flatMap((where) => [false, true].map((midFrame) => ({ how, where, midFrame }))),
  )
  const cuts: Record<string, number> = {}
  let made = 0
  for (let turn = draw(); made < count; turn++) {
    await pause(betweenCutsMs)
    const cut = ways[turn % ways.length]!
    const wire = wires.all[Random.below(draw(), wires.all.length)]!
    const done = wire.cut(cut)
    const name = `${cut.how} ${cut.where}${cut.midFrame ? " mid-frame" : ""}`
    if (done > 0) cuts[name] = (cuts[name] ?? 0) + done
    made += done
  }
  return cuts
}

export const cutLinks = async (
  overflow: RunConfig.Overflow,
  count: number,
  seed: number,
): Promise<Outcome> => {
  const wires = await Wires.open(3)
  const memory = EventLogMemory.make()
  let cuts: Record<string, number> = {}
  let lastCutUs = 0
  const cutting = Effect.promise(async () => {
    await pause(300)
    cuts = await cutAll(wires, count, seed)
    lastCutUs = Date.now() * 1_000
    await pause(settleMs)
  })
  const config = { ...RunConfig.defaults, rates: [150, 150, 150], sides: 4, capacity: 4 }
  const outcome = await Effect.runPromise(
    Laboratory.run({
      run,
      owner: "test",
      config: { ...config, seed, overflow, durationUs: 3_600_000_000 },
      stopRequested: cutting,
      network: { route: wires.route, timing },
    }).pipe(
      Effect.provideService(EventLog, memory),
      Effect.provide(Logger.remove(Logger.defaultLogger)),
      Effect.ensuring(Effect.sync(wires.close)),
    ),
  )
  const log: ReadonlyArray<Recorded> = await Effect.runPromise(
    memory.read({ run, after: 0, limit: 10_000_000 }),
  )
  const { refused } = outcome
  return { verdict: Verification.verify(log), disposals: disposals(log), cuts, lastCutUs, refused }
}

/** What must hold of it and does not. */
export const complaints = ({ verdict, disposals, lastCutUs, refused }: Outcome): ReadonlyArray<string> => [
  ...verdict.checks.flatMap(({ failures }) => failures.map(({ rule, message }) => `${rule}: ${message}`)),
  ...(verdict.verified === true ? [] : [`the verdict is ${verdict.verified}`]),
  ...disposals.flatMap(({ wrong }) => wrong ?? []),
  ...disposals
    .filter((of) => Math.max(of.lastArrivedAtUs, of.waitsSinceUs) < lastCutUs + settleMs * 800)
    .map(({ link }) => `${link}: what was sent before the last cut has not come`),
  ...(refused.frames === 0 ? [] : [`${refused.frames} frames of true senders were refused`]),
]
