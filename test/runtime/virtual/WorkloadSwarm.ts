/** One run with a workload: made, verified and replayed, and what its own invariant found of it. */
import * as Either from "effect/Either"
import type { Logged } from "../../../src/domain/ClockEvent.ts"
import * as Replay from "../../../src/domain/Replay.ts"
import * as RunConfig from "../../../src/domain/RunConfig.ts"
import * as Verification from "../../../src/domain/Verification.ts"
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
  const verification = Verification.make()
  const replay = Replay.make()
  let events = 0
  for (const turn of turns(config, startUs))
    for (const event of turn.events) {
      const logged = { ...event, position: ++events } as Logged
      verification.step(logged)
      replay.step(logged)
    }
  const { checks, finished } = verification.finish()
  const own = checks.find(({ invariant }) => invariant === "mutual-exclusion" || invariant === "snapshots")!
  const told = (failures: ReadonlyArray<Verification.Failure>) =>
    failures[0] === undefined ? undefined : `${failures[0].rule}: ${failures[0].message}`
  const [difference] = replay.outcome().differences
  return {
    events,
    problem:
      told(checks.flatMap(({ failures }) => failures)) ??
      (difference === undefined ? undefined : `a replay differs: ${JSON.stringify(difference)}`) ??
      (finished ? undefined : "the run is not finished"),
    ofInvariant: told(own.failures),
    checked: Object.fromEntries(own.rules.map(({ rule, checked }) => [rule, checked])),
  }
}
