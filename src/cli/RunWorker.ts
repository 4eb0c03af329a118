/** A thread that makes runs: takes configurations, one message each, and answers in their order. */
import { parentPort } from "node:worker_threads"
import * as MadeRun from "./MadeRun.ts"
import type { FromWorker, ToWorker } from "./RunMaking.ts"

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
