/**
 * One run of the swarm: made by the engine that its configuration is for, held to the verifier, to a replay by the
 * decider, to the same run made again, and where it is plain to the other engine. The engines are given, so that those
 * with a bug planted in them can be asked the same.
 */
import { createHash } from "node:crypto"
import * as Either from "effect/Either"
import type { Logged } from "../../../src/domain/ClockEvent.ts"
import * as Replay from "../../../src/domain/Replay.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Verification from "../../../src/domain/Verification.ts"
import type * as Engine from "../../../src/runtime/virtual/Engine.ts"
import type * as ModelledLoop from "../../../src/runtime/virtual/ModelledLoop.ts"
import type * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"

export interface Engines {
  readonly turns: typeof VirtualRun.turns
  readonly recordsOf: typeof Engine.recordsOf
  readonly modelled: typeof ModelledLoop.make
}

const startUs = 1_700_000_000_000_000

export interface Told {
  readonly events: number
  /** What is wrong with the run; undefined if nothing is. */
  readonly problem: string | undefined
}

const digestOf = (records: Iterable<Uint8Array>): string => {
  const hash = createHash("sha256")
  for (const part of records) hash.update(part)
  return hash.digest("hex")
}

const examine = (config: RunConfig.RunConfig, turns: Engines["turns"]): Told => {
  const verification = Verification.make()
  const replay = Replay.make()
  let events = 0
  for (const turn of turns(config, startUs))
    for (const event of turn.events) {
      const logged = { ...event, position: ++events } as Logged
      verification.step(logged)
      replay.step(logged)
    }
  const { checks, finished, counts } = verification.finish()
  const [failure] = checks.flatMap(({ failures }) => failures)
  const [difference] = replay.outcome().differences
  const problem =
    failure !== undefined
      ? `${failure.rule}: ${failure.message}`
      : difference !== undefined
        ? `a replay differs: ${JSON.stringify(difference)}`
        : !finished
          ? "the run is not finished"
          : counts.ticks + counts.missed !== counts.due
            ? `of ${counts.due} ticks ${counts.ticks} were made and ${counts.missed} missed`
            : undefined
  return { events, problem }
}

export const examined = (config: RunConfig.RunConfig, engines: Engines): Told => {
  const decoded = RunConfig.decode(config)
  if (Either.isLeft(decoded)) return { events: 0, problem: decoded.left.message }
  try {
    const told = examine(config, engines.turns)
    if (told.problem !== undefined) return told
    const digest = digestOf(engines.recordsOf(config))
    const again = digestOf(engines.recordsOf(config))
    if (digest !== again) return { ...told, problem: "made again it is another run" }
    if (!RunConfig.isPlain(config)) return told
    const other = digestOf(engines.recordsOf(config, engines.modelled(config)))
    return digest === other ? told : { ...told, problem: "the two engines make different runs" }
  } catch (error) {
    return { events: 0, problem: `the engine failed: ${(error as Error).message}` }
  }
}
