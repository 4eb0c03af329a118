/**
 * One run of the swarm: made by the engine that its configuration is for, held to the verifier, to a replay by the
 * decider, to the same run made again, and where it is plain to the other engine. The engines are given, so that those
 * with a bug planted in them can be asked the same.
 */
import { createHash } from "node:crypto"
import * as Either from "effect/Either"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import type * as Engine from "../../../src/runtime/virtual/Engine.ts"
import type * as ModelledLoop from "../../../src/runtime/virtual/ModelledLoop.ts"
import type * as VirtualRun from "../../../src/runtime/virtual/VirtualRun.ts"
import { judged } from "./Judged.ts"

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
  const { events, problem, verdict } = judged(turns(config, startUs))
  const { ticks, missed, due } = verdict.counts
  const isWhole = ticks + missed === due
  return {
    events,
    problem: problem ?? (isWhole ? undefined : `of ${due} ticks ${ticks} were made and ${missed} missed`),
  }
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
