/** One reading of a finished run's log: verdict, measures, and a log for each machine. */
import * as fs from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { isRunEvent, type Logged } from "../domain/ClockEvent.ts"
import type { EventLogShape } from "../domain/EventLog.ts"
import type { PlannedRun } from "../domain/Experiment.ts"
import * as Measures from "../domain/experiment/Measures.ts"
import * as Limits from "../domain/Limits.ts"
import type { UsageError } from "../domain/UsageError.ts"
import * as Verification from "../domain/Verification.ts"
import type { RunResult } from "../interchange/experiment/Results.ts"
import * as MachineLog from "../interchange/MachineLog.ts"
import * as RunDigest from "../persistence/inquiry/RunDigest.ts"
import type { Directory } from "./ExperimentDirectory.ts"

/** Lines that wait for their files: a page's, so that memory stays bounded whatever the run's length. */
interface Lines {
  readonly step: (event: Logged) => void
  readonly flush: Effect.Effect<void, UsageError>
}

const machineLogs = (directory: Directory, run: string): Lines => {
  const waiting = new Map<string, Array<string>>()
  const begun = new Set<string>()
  let startUs = 0
  const put = (path: string, name: string, lines: ReadonlyArray<string>) => {
    const text = `${lines.join("\n")}\n`
    if (begun.has(name)) return fs.appendFileSync(path, text)
    begun.add(name)
    fs.mkdirSync(dirname(path), { recursive: true })
    fs.writeFileSync(path, `${MachineLog.header}\n${text}`)
  }
  return {
    step: (event) => {
      if (event.kind === "run-started") startUs = event.occurredAtUs
      if (isRunEvent(event)) return
      const name = join("runs", run, `machine-${event.machine}.log`)
      const lines = waiting.get(name) ?? []
      waiting.set(name, lines)
      lines.push(MachineLog.line(event, startUs))
    },
    flush: Effect.gen(function* () {
      for (const [name, lines] of waiting) yield* directory.attempt(name, (path) => put(path, name, lines))
      waiting.clear()
    }),
  }
}

export const examine = (log: EventLogShape, directory: Directory, planned: PlannedRun, run: string) =>
  Effect.gen(function* () {
    const verification = Verification.make()
    const measures = Measures.make()
    let digest: RunDigest.RunDigest | undefined
    const logs = machineLogs(directory, run)
    for (let after = 0; ; ) {
      const page = yield* log.read({ run, after, limit: Limits.eventsPerPage })
      if (page.length === 0) break
      for (const event of page) {
        verification.step(event)
        // A run of ours says all of every event.
        measures.step(event as Logged)
        if (event.kind === "run-started") digest ??= RunDigest.make(event.occurredAtUs)
        digest?.write(event as Logged)
        logs.step(event as Logged)
      }
      yield* logs.flush
      after = page[page.length - 1]!.position
    }
    const { verified, counts } = verification.finish()
    const result: RunResult = {
      ...{ run, planned, verified },
      events: counts.events,
      digest: digest?.finish() ?? RunDigest.make(0).finish(),
      measures: measures.finish(),
    }
    return result
  })
