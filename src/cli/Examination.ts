/**
 * What is found of a virtual run's records as they are made: whether they hold, what became of each machine, and the
 * digest. Each of the two parts takes as long as making the records does, or longer, so a long run gives them to threads
 * of their own: blocks go from the engine to the verifier, from there to the digest, and come back to be used again.
 */
import { createHash } from "node:crypto"
import { availableParallelism } from "node:os"
import { MessageChannel, type MessagePort, type Worker } from "node:worker_threads"
import * as Digest from "../domain/Digest.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import * as RecordTally from "../domain/records/RecordTally.ts"
import { type Examined, type RecordFailure, RecordVerifier } from "../domain/records/RecordVerifier.ts"
import * as Setting from "../domain/verification/Setting.ts"
import { startThread, threadUrl } from "../persistence/embedded/WorkerThread.ts"
import type { Given } from "./ExaminationThread.ts"

export interface Verified {
  readonly examined: Examined
  readonly failure: RecordFailure | undefined
}

export interface Summed {
  readonly tallied: RecordTally.Tallied
  /** Lowercase hex SHA-256; docs/SPEC.md says of what. */
  readonly digest: string
}

/** One part of it, over whole records in order. */
export interface Part<Found> {
  readonly step: (records: Uint8Array) => void
  readonly finish: () => Found
}

/** Of a run whose schedule starts at `startUs`, microseconds since the Unix epoch. */
const verifying = (config: RunConfig.RunConfig, startUs: number): Part<Verified> => {
  const verifier = new RecordVerifier(Setting.make(config, startUs))
  return {
    step: (records) => verifier.step(records),
    finish: () => ({ examined: verifier.finish(), failure: verifier.failure }),
  }
}

const summing = (config: RunConfig.RunConfig, startUs: number): Part<Summed> => {
  const tally = new RecordTally.RecordTally(Setting.make(config, startUs))
  // The encoder begins with the header.
  const hash = createHash("sha256").update(Digest.encoder(startUs).take())
  return {
    step: (records) => {
      tally.step(records)
      hash.update(records)
    },
    finish: () => ({ tallied: tally.finish(), digest: hash.digest("hex") }),
  }
}

export const parts = { verifying, summing }

export interface Findings extends Verified, Summed {}

export interface Examination {
  /** The next whole records, which are the caller's again when it is done. */
  readonly write: (records: Uint8Array) => Promise<void>
  readonly finish: () => Promise<Findings>
  /** Lets go of the threads; to be called in any case. */
  readonly close: () => Promise<unknown>
}

export const here = (config: RunConfig.RunConfig, startUs: number): Examination => {
  const [verified, summed] = [verifying(config, startUs), summing(config, startUs)]
  return {
    write: async (records) => {
      verified.step(records)
      summed.step(records)
    },
    finish: async () => ({ ...verified.finish(), ...summed.finish() }),
    close: async () => {},
  }
}

/** Blocks that may be on their way, each of some turns of the engine: handing one over costs as much as a hundred events. */
const mostOnTheirWay = 16
const bytesPerBlock = 0x8_0000

/** What a thread says: that it is ready, that a block is free again, what it has found. */
export type Said =
  | { readonly is: "ready" }
  | { readonly is: "block"; readonly buffer: ArrayBuffer; readonly bytes: number }
  | { readonly is: "end" }
  | { readonly is: "found"; readonly found: Verified | Summed }

/** The first is handed the records, the last gives the blocks back. */
const threadsOf = (config: RunConfig.RunConfig, startUs: number): ReadonlyArray<Worker> => {
  const url = threadUrl(import.meta.url, "threads", "ExaminationThread")
  const { port1, port2 } = new MessageChannel()
  const start = (given: Given, port: MessagePort): Worker =>
    startThread(url, { workerData: given, transferList: [port] })
  return [
    start({ config, startUs, part: "verifying", to: port1 }, port1),
    start({ config, startUs, part: "summing", from: port2 }, port2),
  ]
}

export const inThreads = async (config: RunConfig.RunConfig, startUs: number): Promise<Examination> => {
  const threads = threadsOf(config, startUs)
  const found: Array<Verified | Summed> = []
  const free: Array<ArrayBuffer> = []
  let [ready, onTheirWay] = [0, 0]
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
  const close = () => Promise.all(threads.map((thread) => thread.terminate()))
  for (const thread of threads) {
    thread.on("error", fail)
    thread.on("exit", () => fail(new Error("A thread that examines records has ended")))
    thread.on("message", (said: Said) => {
      if (said.is === "ready") ready++
      else if (said.is === "found") found.push(said.found)
      else if (said.is === "block") {
        onTheirWay--
        free.push(said.buffer)
      }
      wake()
    })
  }
  try {
    await until(() => ready === threads.length)
  } catch (error) {
    await close()
    throw error
  }
  let block = new Uint8Array(bytesPerBlock)
  let filled = 0
  const handOver = async (): Promise<void> => {
    if (filled === 0) return
    if (onTheirWay === mostOnTheirWay) await until(() => onTheirWay < mostOnTheirWay)
    onTheirWay++
    const { buffer } = block
    threads[0]!.postMessage({ is: "block", buffer, bytes: filled } satisfies Said, [buffer])
    block = new Uint8Array(free.pop() ?? new ArrayBuffer(bytesPerBlock))
    filled = 0
  }
  return {
    write: async (records) => {
      if (filled + records.length > block.length) await handOver()
      if (records.length > block.length) block = new Uint8Array(records.length)
      block.set(records, filled)
      filled += records.length
    },
    finish: async () => {
      await handOver()
      threads[0]!.postMessage({ is: "end" } satisfies Said)
      await until(() => found.length === threads.length)
      return Object.assign({}, ...found) as Findings
    },
    close,
  }
}

/** Below this a run is over before threads would have begun. */
const worthThreads = 3_000_000

const eventsExpected = (config: RunConfig.RunConfig): number =>
  (RunConfig.ratesOf(config).reduce((sum, rate) => sum + rate, 0) * config.durationUs) / 1e6

/** In threads where the run is long, there is a processor for them and they can be started; otherwise in this one. */
export const make = async (config: RunConfig.RunConfig, startUs: number): Promise<Examination> => {
  if (availableParallelism() < 2 || eventsExpected(config) < worthThreads) return here(config, startUs)
  return inThreads(config, startUs).catch(() => here(config, startUs))
}
