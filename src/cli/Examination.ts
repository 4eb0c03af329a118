/**
 * What is found of a virtual run's records as they are made: whether they hold, what became of each machine, and the
 * digest. The first two take as long as making and digesting them, so a long run gives these to a thread of its own, which
 * reads what the engine writes in a ring that both share.
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

/**
 * Blocks of a ring, each of some turns of the engine: handing one over costs as much as a hundred events. They are shared,
 * not transferred: once any buffer was detached, every access to any column looks whether its own is, a quarter of the work.
 */
const blocks = 16
const bytesPerBlock = 0x8_0000

/** What the thread is told: of records in the ring or, if they are more than a block, by themselves. */
export type Told =
  | { readonly is: "block"; readonly at: number; readonly bytes: number }
  | { readonly is: "large"; readonly records: Uint8Array }
  | { readonly is: "end" }

/** What the thread says: that it has read what it was given first, what it has found. */
export type Said = { readonly is: "read" } | { readonly is: "found"; readonly found: Verified }

const start = (given: Given): Worker =>
  startThread(threadUrl(import.meta.url, "threads", "ExaminationThread"), { workerData: given })

/** Does not wait until the thread is there; what is asked of it fails if it cannot be started, or ends. */
export const inThread = (config: RunConfig.RunConfig, startUs: number): Examination => {
  const ring = new SharedArrayBuffer(blocks * bytesPerBlock)
  const thread = start({ config, startUs, ring })
  const digested = digesting(startUs)
  let onTheirWay = 0
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
    else onTheirWay--
    wake()
  })
  const bytes = new Uint8Array(ring)
  /** Where the present block begins, and how much of it is filled. */
  let at = 0
  let filled = 0
  /** The present block is none of those that are on their way. */
  const tell = async (told: Told): Promise<void> => {
    onTheirWay++
    thread.postMessage(told)
    await until(() => onTheirWay < blocks)
  }
  const handOver = async (): Promise<void> => {
    if (filled === 0) return
    await tell({ is: "block", at, bytes: filled })
    at = (at + bytesPerBlock) % ring.byteLength
    filled = 0
  }
  return {
    write: async (records) => {
      digested.step(records)
      if (filled + records.length > bytesPerBlock) await handOver()
      if (records.length > bytesPerBlock) return tell({ is: "large", records: records.slice() })
      bytes.set(records, at + filled)
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
