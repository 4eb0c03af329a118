/** A log, as it is made, held to the verifier and to a replay by the decider. */
import type { LabEvent, Logged } from "../../../src/domain/ClockEvent.ts"
import * as Replay from "../../../src/domain/Replay.ts"
import * as Verification from "../../../src/domain/Verification.ts"

export interface Judged {
  readonly events: number
  readonly verdict: Verification.Verdict
  /** What is wrong with the log; undefined if nothing is. */
  readonly problem: string | undefined
}

export const said = (failures: ReadonlyArray<Verification.Failure>): string | undefined =>
  failures[0] && `${failures[0].rule}: ${failures[0].message}`

export const judged = (turns: Iterable<{ readonly events: ReadonlyArray<LabEvent> }>): Judged => {
  const verification = Verification.make()
  const replay = Replay.make()
  let events = 0
  for (const turn of turns)
    for (const event of turn.events) {
      const logged = { ...event, position: ++events } as Logged
      verification.step(logged)
      replay.step(logged)
    }
  const verdict = verification.finish()
  const [difference] = replay.outcome().differences
  const problem =
    said(verdict.checks.flatMap(({ failures }) => failures)) ??
    (difference && `a replay differs: ${JSON.stringify(difference)}`) ??
    (verdict.finished ? undefined : "the run is not finished")
  return { events, verdict, problem }
}
