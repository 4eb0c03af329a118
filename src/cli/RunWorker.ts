/** A thread that makes runs: takes configurations, one message each, and answers in their order. */
import { parentPort } from "node:worker_threads"
import type { RunConfig } from "../domain/RunConfig.ts"
import * as MadeRun from "./MadeRun.ts"

export interface ToWorker {
  readonly index: number
  readonly config: RunConfig
}

export type FromWorker =
  | { readonly ready: true }
  | { readonly index: number; readonly made: MadeRun.MadeRun }
  | { readonly index: number; readonly failure: string }

const port = parentPort!
const answer = (message: FromWorker): void => port.postMessage(message)

const made = ({ index, config }: ToWorker): FromWorker => {
  try {
    const making = MadeRun.make(config)
    let step = making.next()
    while (step.done !== true) step = making.next()
    return { index, made: step.value }
  } catch (error) {
    return { index, failure: (error as Error).stack ?? String(error) }
  }
}

port.on("message", (message: ToWorker) => answer(made(message)))
answer({ ready: true })
