/**
 * What is found of a virtual run's records as they are made: whether they hold, what became of each machine, and the
 * digest. The first two take as long as making and digesting them, so a long run gives these to a thread of its own: blocks
 * go from the engine to there, and come back to be used again.
 */
import { createHash } from "node:crypto"
import { availableParallelism } from "node:os"
import type { Worker } from "node:worker_threads"
import * as Digest from "../domain/Digest.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import type { RecordFailure } from "../domain/records/RecordFailure.ts"
import type { Tallied } from "../domain/records/RecordTally.ts"
import { type Examined, RecordVerifier } from "../domain/records/RecordVerifier.ts"
import * as Setting from "../domain/verification/Setting.ts"
import { startThread, threadUrl } from "../persistence/embedded/WorkerThread.ts"
import type { Given } from "./ExaminationThread.ts"

/** One part of it, over whole records in order. */
export interface Part<Found> {
  readonly step: (records: Uint8Array) => void
  readonly finish: () => Found
}

export interface Verified {
  readonly examined: Examined
  readonly failure: RecordFailure | undefined
  readonly tallied: Tallied
}

export interface Findings extends Verified {
  /** Lowercase hex SHA-256; docs/SPEC.md says of what. */
  readonly digest: string
}

/** Of a run whose schedule starts at `startUs`, microseconds since the Unix epoch. */
export const verifying = (config: RunConfig.RunConfig, startUs: number): Part<Verified> => {
  const verifier = new RecordVerifier(Setting.make(config, startUs))
  return {
    step: (records) => verifier.step(records),
    finish: () => {
      const examined = verifier.finish()
      return { examined, failure: verifier.failure, tallied: verifier.tallied() }
    },
  }
}

const digesting = (startUs: number): Part<string> => {
  // The encoder begins with the header.
  const hash = createHash("sha256").update(Digest.encoder(startUs).take())
  return { step: (records) => hash.update(records), finish: () => hash.digest("hex") }
}

export interface Examination {
  /** The next whole records, which are the caller's again when it is done. */
  readonly write: (records: Uint8Array) => Promise<void>
  readonly finish: () => Promise<Findings>
  /** Lets go of the thread; to be called in any case. */
  readonly close: () => Promise<unknown>
}

export const here = (config: RunConfig.RunConfig, startUs: number): Examination => {
  const [verified, digested] = [verifying(config, startUs), digesting(startUs)]
  return {
    write: async (records) => {
      verified.step(records)
      digested.step(records)
    },
    finish: async () => ({ ...verified.finish(), digest: digested.finish() }),
    close: async () => {},
  }
}

/** Blocks that may be on their way, each of some turns of the engine: handing one over costs as much as a hundred events. */
const mostOnTheirWay = 16
const bytesPerBlock = 0x8_0000

/** What the thread is told. */
export type Told =
  | { readonly is: "block"; readonly buffer: SharedArrayBuffer; readonly bytes: number }
  | { readonly is: "end" }

/** What the thread says: that the block it was given first is free again, what it has found. */
export type Said =
  | { readonly is: "free" }
  | { readonly is: "found"; readonly found: Verified }

const start = (given: Given): Worker =>
  startThread(threadUrl(import.meta.url, "threads", "ExaminationThread"), { workerData: given })

/** Does not wait until the thread is there; what is asked of it fails if it cannot be started, or ends. */
export const inThread = (config: RunConfig.RunConfig, startUs: number): Examination => {
  const thread = start({ config, startUs })
  const digested = digesting(startUs)
  // Shared, not transferred: once a buffer was detached, every access to any column looks whether its own is.
  const newBlock = (bytes: number) => new Uint8Array(new SharedArrayBuffer(bytes))
  const onTheirWay: Array<Uint8Array<SharedArrayBuffer>> = []
  const free: Array<Uint8Array<SharedArrayBuffer>> = []
  let found: Verified | undefined
  let failure: Error | undefined
  let wake = (): void => {}
  const until = async (holds: () => boolean): Promise<void> => {
    while (failure === undefined && !holds())
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    if (failure !== undefined) throw failure
  }
  const fail = (error: Error): void => {
    failure ??= error
    wake()
  }
  thread.on("error", fail)
  thread.on("exit", () => fail(new Error("The thread that verifies records has ended")))
  thread.on("message", (said: Said) => {
    if (said.is === "found") found = said.found
    else free.push(onTheirWay.shift()!)
    wake()
  })
  let block = newBlock(bytesPerBlock)
  let filled = 0
  const handOver = async (): Promise<void> => {
    if (filled === 0) return
    await until(() => onTheirWay.length < mostOnTheirWay)
    onTheirWay.push(block)
    thread.postMessage({ is: "block", buffer: block.buffer, bytes: filled } satisfies Told)
    block = free.pop() ?? newBlock(bytesPerBlock)
    filled = 0
  }
  return {
    write: async (records) => {
      digested.step(records)
      if (filled + records.length > block.length) await handOver()
      if (records.length > block.length) block = newBlock(records.length)
      block.set(records, filled)
      filled += records.length
    },
    finish: async () => {
      await handOver()
      thread.postMessage({ is: "end" } satisfies Told)
      await until(() => found !== undefined)
      return { ...found!, digest: digested.finish() }
    },
    close: () => thread.terminate(),
  }
}

/** Below this a run is over before a thread would have begun. */
const worthAThread = 3_000_000

const eventsExpected = (config: RunConfig.RunConfig): number =>
  (RunConfig.ticksPerSecond(config) * config.durationUs) / 1e6

/** Whether the run is long, and there is a processor for a thread. */
export const isForThread = (config: RunConfig.RunConfig): boolean =>
  availableParallelism() >= 2 && eventsExpected(config) >= worthAThread
