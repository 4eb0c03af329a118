/**
 * Virtual runs made on all cores. The calling thread begins alone, so that short work starts no thread; what takes
 * longer it shares with as many threads as were asked for, all of which take runs from one list. A run is a pure
 * function of its configuration, and results go by their place in the list: neither depends on how many threads there
 * are. Where no thread can be started, the calling one makes all.
 */
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises"
import type { Worker } from "node:worker_threads"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type { RunConfig } from "../domain/RunConfig.ts"
import { startThread, threadUrl } from "../persistence/embedded/WorkerThread.ts"
import * as MadeRun from "./MadeRun.ts"
import type { FromWorker, ToWorker } from "./RunWorker.ts"

/** A thread that had begun to make runs ended, for want of memory as a rule. */
export class WorkerLost extends Data.TaggedError("WorkerLost")<{
  readonly index: number
  readonly reason: string
}> {
  override get message() {
    return `Cannot make run ${this.index + 1} of the experiment: its thread ended: ${this.reason}; --workers 1 makes one run at a time`
  }
}

export interface Making {
  readonly configs: ReadonlyArray<RunConfig>
  /** Threads in all, with this one; at least one. */
  readonly workers: number
  /** Hears of every run that is there, in whatever order they come. */
  readonly onMade: (index: number, made: MadeRun.MadeRun) => void
  /** Hears why a thread could not be started; the others go on. */
  readonly onFewer?: (reason: string) => void
}

/** Runs that a thread has been given and not answered: a second one, so that it never waits for us. */
const ahead = 2

/** For so long a thread works alone before others are worth their start. */
const aloneMs = 500

/** No run is made here while threads load, since that would starve them of it: loading goes through this thread. */
const mostLoadingMs = 5_000

/** What is told of a thread's own error output. */
const mostErrorText = 2_000

/** What is left to make, and what is there; the threads take from one list. */
interface List {
  /** The next run that nobody has; undefined when all are taken, or when nobody wants them any more. */
  readonly take: () => number | undefined
  readonly put: (index: number, made: MadeRun.MadeRun) => void
  readonly fail: (reason: unknown) => void
}

/** Gives a thread its runs as long as there are any; `loaded` is called once it makes some, or never will. */
const serve = (
  worker: Worker,
  { configs, onFewer = () => {} }: Making,
  { take, put, fail }: List,
  loaded: () => void,
): void => {
  const given = new Set<number>()
  let [isReady, errors] = [false, ""]
  worker.stderr.on("data", (text) => {
    if (errors.length < mostErrorText) errors += text
  })
  worker.stdout.resume()
  const give = () => {
    while (given.size < ahead) {
      const index = take()
      if (index === undefined) return
      given.add(index)
      worker.postMessage({ index, config: configs[index]! } satisfies ToWorker)
    }
  }
  worker.on("message", (message: FromWorker) => {
    if ("failure" in message)
      return fail(new Error(`run ${message.index + 1} of the experiment: ${message.failure}`))
    if ("ready" in message) {
      isReady = true
      loaded()
    } else {
      given.delete(message.index)
      put(message.index, message.made)
    }
    give()
  })
  let isGone = false
  const gone = (reason: string) => {
    if (isGone) return
    isGone = true
    loaded()
    const [index] = given
    if (index !== undefined) fail(new WorkerLost({ index, reason }))
    else if (!isReady) onFewer(reason)
  }
  worker.on("error", (error) => gone(error.message))
  worker.on("exit", (code) => gone(errors.trim().split("\n").at(-1) || `exit code ${code}`))
}

/** Makes runs in this thread, `share` once when it has taken a while. */
const makeHere = async (
  { configs }: Making,
  { take, put }: List,
  signal: AbortSignal,
  share: () => Promise<unknown>,
): Promise<void> => {
  const beganMs = performance.now()
  let isShared = false
  for (let index = take(); index !== undefined; index = take()) {
    const making = MadeRun.make(configs[index]!)
    let step = making.next()
    while (step.done !== true) {
      if (!isShared && performance.now() - beganMs > aloneMs) {
        isShared = true
        await share()
      }
      // So that signals and the other threads are heard.
      await turn()
      if (signal.aborted) return
      step = making.next()
    }
    put(index, step.value)
  }
}

/** Resolves once the thread makes runs, or it is clear that it will not. */
const start = (making: Making, list: List, threads: Array<Worker>): Promise<void> =>
  new Promise((loaded) => {
    try {
      const worker = startThread(threadUrl(import.meta.url, "threads", "RunWorker"), {})
      threads.push(worker)
      serve(worker, making, list, loaded)
    } catch (error) {
      making.onFewer?.((error as Error).message)
      loaded()
    }
  })

const makeAll = async (making: Making, signal: AbortSignal): Promise<ReadonlyArray<MadeRun.MadeRun>> => {
  const { configs, workers, onMade } = making
  const results: Array<MadeRun.MadeRun> = []
  const threads: Array<Worker> = []
  try {
    await new Promise<void>((resolve, reject) => {
      let [taken, there] = [0, 0]
      const list: List = {
        take: () => (taken < configs.length && !signal.aborted ? taken++ : undefined),
        put: (index, made) => {
          results[index] = made
          onMade(index, made)
          if (++there === configs.length) resolve()
        },
        fail: reject,
      }
      signal.addEventListener("abort", () => resolve())
      if (configs.length === 0) resolve()
      const share = () => {
        const others = Math.max(0, Math.min(workers - 1, configs.length - taken))
        const started = Array.from({ length: others }, () => start(making, list, threads))
        return Promise.race([Promise.all(started), delay(mostLoadingMs, undefined, { ref: false, signal })])
      }
      makeHere(making, list, signal, share).catch(reject)
    })
    return results
  } finally {
    await Promise.all(threads.map((worker) => worker.terminate()))
  }
}

/** What came of every run, in their order. An interruption stops the threads. */
export const make = (making: Making): Effect.Effect<ReadonlyArray<MadeRun.MadeRun>, WorkerLost> =>
  Effect.tryPromise({ try: (signal) => makeAll(making, signal), catch: (error) => error }).pipe(
    Effect.catchAll((error) => (error instanceof WorkerLost ? Effect.fail(error) : Effect.die(error))),
  )
