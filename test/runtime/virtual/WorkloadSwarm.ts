/** One run with a workload: made, verified and replayed, and what its own invariant found of it. */
import * as Either from "effect/Either"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import { invariantOf } from "../../../src/domain/verification/Rules.ts"
import { judged, said } from "./Judged.ts"
import type { Engines } from "./Swarm.ts"

export interface Told {
  readonly events: number
  /** What is wrong with the run; undefined if nothing is. */
  readonly problem: string | undefined
  /** What the workload's invariant, which knows nothing of the decider, says is wrong. */
  readonly ofInvariant: string | undefined
  /** Clause by clause, how much was looked at. */
  readonly checked: Readonly<Record<string, number>>
}

const startUs = 1_700_000_000_000_000

export const examined = (config: RunConfig.RunConfig, turns: Engines["turns"]): Told => {
  const decoded = RunConfig.decode(config)
  if (Either.isLeft(decoded))
    return { events: 0, problem: decoded.left.message, ofInvariant: undefined, checked: {} }
  const { events, problem, verdict } = judged(turns(config, startUs))
  const own = verdict.checks.find(({ invariant }) => invariant === invariantOf[config.workload!])!
  return {
    events,
    problem,
    ofInvariant: said(own.failures),
    checked: Object.fromEntries(own.rules.map(({ rule, checked }) => [rule, checked])),
  }
}
