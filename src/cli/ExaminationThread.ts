/** The thread of `Examination`: verifies the blocks that it is given, and gives them back. */
import { parentPort, workerData } from "node:worker_threads"
import type { RunConfig } from "../domain/RunConfig.ts"
import { type Said, type Told, verifying } from "./Examination.ts"

/** What it is started with. */
export interface Given {
  readonly config: RunConfig
  readonly startUs: number
}

const { config, startUs } = workerData as Given
const parent = parentPort!
const verified = verifying(config, startUs)
const say = (said: Said, transfer: ReadonlyArray<ArrayBuffer> = []): void =>
  parent.postMessage(said, transfer)

parent.on("message", (told: Told) => {
  if (told.is === "end") {
    const found = verified.finish()
    say({ is: "found", found }, [found.tallied.words.buffer as ArrayBuffer])
  } else {
    verified.step(new Uint8Array(told.buffer, 0, told.bytes))
    say({ is: "free" })
  }
})
