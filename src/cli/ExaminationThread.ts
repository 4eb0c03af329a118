/** A thread of `Examination`: one part of it, over blocks that come from one thread and go on to the next. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads"
import type { RunConfig } from "../domain/RunConfig.ts"
import { type Part, parts, type Said } from "./Examination.ts"

/** What a thread is started with: which part, and from where blocks come and to where they go, if not our parent. */
export interface Given {
  readonly config: RunConfig
  readonly startUs: number
  readonly part: keyof typeof parts
  readonly from?: MessagePort
  readonly to?: MessagePort
}

const { config, startUs, part, from, to } = workerData as Given
const parent = parentPort!
const examining: Part<unknown> = parts[part](config, startUs)

const onSaid = (said: Said): void => {
  if (said.is === "end") {
    to?.postMessage(said)
    parent.postMessage({ is: "found", found: examining.finish() })
  } else if (said.is === "block") {
    examining.step(new Uint8Array(said.buffer, 0, said.bytes))
    ;(to ?? parent).postMessage(said, [said.buffer])
  }
}

;(from ?? parent).on("message", onSaid)
parent.postMessage({ is: "ready" } satisfies Said)
