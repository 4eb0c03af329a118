/** `replay`: every machine evolved again from its recorded inputs, and each step compared with the record. */
import * as Effect from "effect/Effect"
import * as Beginning from "../domain/Beginning.ts"
import type { Logged, Recorded } from "../domain/ClockEvent.ts"
import * as Replay from "../domain/Replay.ts"
import { UsageError } from "../domain/UsageError.ts"
import * as FoundRecord from "../persistence/FoundRecord.ts"
import * as MachineNames from "../persistence/inquiry/MachineNames.ts"
import * as Interruption from "./Interruption.ts"
import { json, line, note } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as ProgressBar from "./ProgressBar.ts"
import * as ReplayPace from "./ReplayPace.ts"
import * as View from "./ReplayView.ts"
import * as Store from "./Store.ts"

interface Asked {
  readonly until: number | undefined
  readonly machine: number | undefined
  readonly speed: number | undefined
  readonly step: boolean
  readonly json: boolean
  readonly prove: boolean
}

const refuse = (message: string) => Effect.fail(new UsageError({ message: `Cannot replay: ${message}` }))

const whole = (options: Record<string, unknown>, name: string) => {
  const given = options[name]
  if (given === undefined) return Effect.succeed(undefined)
  return /^[1-9]\d{0,14}$/.test(String(given))
    ? Effect.succeed(Number(given))
    : refuse(`--${name} must be a whole number from 1, found ${JSON.stringify(given)}`)
}

const speedOf = ({ speed }: Record<string, unknown>) => {
  if (speed === undefined) return Effect.succeed(undefined)
  const factor = Number(speed)
  return /^\d+(\.\d+)?$/.test(String(speed)) && factor > 0
    ? Effect.succeed(factor)
    : refuse(`--speed must be a factor above 0, such as 0.5 or 10, found ${JSON.stringify(speed)}`)
}

const decode = (options: Record<string, unknown>) =>
  Effect.gen(function* () {
    const asked: Asked = {
      until: yield* whole(options, "until"),
      machine: yield* whole(options, "machine"),
      speed: yield* speedOf(options),
      step: options.step === true,
      json: options.json === true,
      prove: options.prove === true,
    }
    const paced = asked.step ? "--step" : asked.speed === undefined ? undefined : "--speed"
    if (asked.step && asked.speed !== undefined)
      return yield* refuse("--step and --speed exclude each other, found both")
    if (asked.json && paced !== undefined)
      return yield* refuse(`--json prints one document at the end, found ${paced} beside it`)
    const others = ["until", "machine", "speed", "step"].filter((name) => options[name] !== undefined)
    if (asked.prove && others.length > 0)
      return yield* refuse(`--prove compares the whole run, found --${others[0]} beside it`)
    return asked
  })

/** From a record's first page: when the schedule started, or what came first happened. */
const startOf = (page: ReadonlyArray<FoundRecord.Found>): number | undefined => {
  const [first, second] = page.filter((found): found is Recorded => !("unreadable" in found))
  if (first === undefined) return undefined
  return Beginning.of(second === undefined ? [first] : [first, second])?.startUs ?? first.occurredAtUs
}

/** A page an event at a time, each shown; false if it is to end here. */
const showPage = (
  page: ReadonlyArray<FoundRecord.Found>,
  replay: Replay.Replay,
  asked: Asked,
  pace: ReplayPace.Pace,
  startUs: number,
) =>
  Effect.gen(function* () {
    for (const found of page) {
      const event = found as Logged
      const readable = !("unreadable" in found)
      const wanted = asked.machine === undefined || found.machine === asked.machine
      // Nobody waits again for as long as the run waited for its worker.
      if (wanted && readable && !(yield* pace(Math.max(event.occurredAtUs, startUs)))) return false
      const differences = replay.step(found)
      if (wanted && readable) yield* line(View.eventLine(event, startUs, replay))
      for (const difference of differences) yield* line(View.differenceLine(difference))
    }
    return true
  })

const readThrough = (
  record: FoundRecord.FoundRecord,
  replay: Replay.Replay,
  asked: Asked,
  pace: ReplayPace.Pace | undefined,
  invocation: Invocation,
) =>
  Effect.gen(function* () {
    const until = asked.until ?? Number.POSITIVE_INFINITY
    const quiet = invocation.quiet || pace !== undefined
    const bar = ProgressBar.make("replaying", "events", { ...invocation, quiet })
    const last = Math.min(record.head, until)
    let startUs: number | undefined
    while (true) {
      const whole = yield* record.next
      const page = whole.filter(({ position }) => position <= until)
      startUs ??= startOf(whole)
      if (pace === undefined) for (const found of page) replay.step(found)
      else if (!(yield* showPage(page, replay, asked, pace, startUs ?? 0))) return
      if (page.length === whole.length && whole.length > 0) bar.show(whole[whole.length - 1]!.position, last)
      else {
        if (page.length === whole.length) replay.end(record.head)
        return
      }
    }
  })

const paceOf = (asked: Asked, invocation: Invocation) =>
  Effect.gen(function* () {
    if (asked.speed !== undefined) return ReplayPace.inTime(asked.speed)
    if (!asked.step) return undefined
    if (!invocation.quiet) yield* note("Enter for the next event, q to end")
    return yield* ReplayPace.bySteps
  })

export const command = (reference: string, options: Record<string, unknown>, invocation: Invocation) =>
  Effect.gen(function* () {
    const asked = yield* decode(options)
    const store = yield* Store.open("read", invocation)
    const run = yield* store.catalogue.resolve(reference)
    if (asked.prove) {
      const { prove } = yield* Effect.promise(() => import("./prove.ts"))
      return yield* prove(run, store, asked.json, invocation)
    }
    const record = yield* FoundRecord.open(store.database.db, run)
    if (asked.until !== undefined && asked.until > record.head)
      return yield* refuse(
        `--until must be a position of run ${run}, 1 to ${record.head}, found ${asked.until}`,
      )
    if (yield* MachineNames.isImported(store.database.db, run))
      return yield* refuse(
        `run ${run} was imported, and its log must say what its machines were to do (seed, rates, arrivals), found no word of it; lightcone verify ${run} says what it proves`,
      )
    const replay = Replay.make()
    const begunMs = performance.now()
    const interruption = yield* Interruption.listen
    const pace = yield* paceOf(asked, invocation)
    const signal = yield* Effect.raceFirst(
      Effect.as(readThrough(record, replay, asked, pace, invocation), 0),
      interruption.requested,
    )
    const outcome = replay.outcome()
    const machines = outcome.machines.filter(({ machine }) => machine === (asked.machine ?? machine))
    if (machines.length === 0 && outcome.machines.length > 0)
      return yield* refuse(
        `run ${run} has machines 1 to ${outcome.machines.length}, found machine ${asked.machine}`,
      )
    const { head, growing } = record
    if (asked.json) yield* json({ run, head, growing, ...outcome, machines })
    else {
      if (pace === undefined)
        for (const difference of outcome.differences) yield* line(View.differenceLine(difference))
      if (pace === undefined && outcome.moreDifferences > 0)
        yield* line(`... and ${outcome.moreDifferences} more differences`)
      const tookUs = Math.round((performance.now() - begunMs) * 1_000)
      for (const text of View.machineTable(machines)) yield* line(text)
      yield* line()
      for (const text of View.conclusion(outcome, { run, head, growing, interrupted: signal !== 0, tookUs }))
        yield* line(text)
    }
    if (signal !== 0) return signal
    return outcome.differences.length > 0 ? 1 : 0
  }).pipe(Effect.scoped)
