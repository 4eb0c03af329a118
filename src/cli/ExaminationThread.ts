/** The thread of `Examination`: verifies the records that it is given. */
import { parentPort, workerData } from "node:worker_threads"
import type { RunConfig } from "../domain/RunConfig.ts"
import { type Said, type Told, verifying } from "./Examination.ts"

/** What it is started with. */
export interface Given {
  readonly config: RunConfig
  readonly startUs: number
  /** Where most records are. */
  readonly ring: SharedArrayBuffer
}

const { config, startUs, ring } = workerData as Given
const parent = parentPort!
const verified = verifying(config, startUs)
const say = (said: Said, transfer: ReadonlyArray<ArrayBuffer> = []): void =>
  parent.postMessage(said, transfer)

parent.on("message", (told: Told) => {
  if (told.is === "end") {
    const found = verified.finish()
    return say({ is: "found", found }, [found.tallied.words.buffer as ArrayBuffer])
  }
  verified.step(told.is === "large" ? told.records : new Uint8Array(ring, told.at, told.bytes))
  say({ is: "read" })
})
