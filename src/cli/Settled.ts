/**
 * How a command ends: the exit code for every failure, and its words on standard error. Typed failures say what
 * cannot be done; anything else is a defect of ours, told in one line with the place of its trace.
 */
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Cause from "effect/Cause"
import type * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { harmless } from "./Output.ts"
import type { Invocation } from "./Program.ts"
import * as StoreLoss from "./StoreLoss.ts"

const usage = new Set([
  "UsageError",
  "InvalidRunConfig",
  "InvalidDatabaseUrl",
  "RunNotFound",
  "AmbiguousRun",
  "RunUnknown",
  "NotResumable",
  "PortsExhausted",
  "CannotListen",
  "QueryRefused",
])

/** What was asked of a log is false by what it says itself. */
const isFalsehood = ({ _tag }: Told): boolean => _tag === "LogContradicts"

const defectExit = 70

interface Told {
  readonly _tag: string
  readonly message: string
}

const isTold = (error: unknown): error is Told =>
  typeof error === "object" && error !== null && "_tag" in error && "message" in error

const stderrLogger = (debug: boolean) =>
  Logger.make(({ logLevel, message }) => {
    if (!debug && LogLevel.lessThan(logLevel, LogLevel.Warning)) return
    const text = Array.isArray(message) ? message.join(" ") : String(message)
    process.stderr.write(`${logLevel.label.toLowerCase()}: ${harmless(text)}\n`)
  })

const defect = (cause: Cause.Cause<unknown>): number => {
  const trace = Cause.pretty(cause)
  const first = trace.split("\n")[0] ?? "unknown"
  let place = "could not be written"
  try {
    place = join(mkdtempSync(join(tmpdir(), "lightcone-")), "trace.txt")
    writeFileSync(place, `${trace}\n`)
  } catch {
    process.stderr.write(`${trace}\n`)
  }
  process.stderr.write(`lightcone: a defect: ${harmless(first)} (trace: ${place})\n`)
  return defectExit
}

/** Runs a command's effect to its exit code. */
export const settled = async (
  effect: Effect.Effect<number, unknown>,
  invocation: Invocation,
  runPromiseExit: typeof Effect.runPromiseExit,
): Promise<number> => {
  const { provide } = await import("effect/Effect")
  const logger = Logger.replace(Logger.defaultLogger, stderrLogger(invocation.debug))
  const levels = Logger.minimumLogLevel(invocation.debug ? LogLevel.Debug : LogLevel.Info)
  const exit = await runPromiseExit(StoreLoss.ended(effect).pipe(provide(logger), provide(levels)))
  if (Exit.isSuccess(exit)) return exit.value
  const failure = Option.getOrUndefined(Cause.failureOption(exit.cause))
  if (!isTold(failure)) return defect(exit.cause)
  process.stderr.write(`lightcone: ${harmless(failure.message)}\n`)
  if (invocation.debug) process.stderr.write(`${Cause.pretty(exit.cause, { renderErrorCause: true })}\n`)
  if (isFalsehood(failure)) return 1
  return usage.has(failure._tag) ? 2 : 3
}
