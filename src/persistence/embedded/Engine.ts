/** PGlite's thread as the gate sees it: executes one thing at a time, can be ended at any moment, comes back. */

import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import type { Worker } from "node:worker_threads"
import { maxFailedRestarts, maxUnsentAnswerBytes } from "../../domain/Limits.ts"
import {
  compileWasm,
  type EngineCommand,
  type EngineEvent,
  type EngineStart,
  wasmOf,
} from "./EngineProtocol.ts"
import { isFinal } from "./Remedy.ts"
import { startWorker } from "./WorkerThread.ts"

/** The thread ended before the statement did, because the gate ended it (`ended`) or by itself. */
export interface EngineLost {
  readonly lost: "ended" | "crashed"
  readonly reason: string
}

/** Takes a piece of an answer, and calls `sent` once the piece's bytes are out of our memory. */
export type Output = (bytes: Buffer, sent: (bytes: number) => void) => void

export interface Done {
  readonly inTransaction: boolean
  readonly diskFull?: string | undefined
}

interface Starting {
  readonly worker: Worker
  readonly ready: Promise<void>
}

export class Engine {
  private readonly pgdata: string
  private readonly gaveUp: (reason: string) => void
  /** Of the present thread; each has its own, so that late news of an earlier one changes nothing. */
  private unsent = new Int32Array(new SharedArrayBuffer(4))
  private module: Promise<WebAssembly.Module> | undefined
  private worker: Worker | undefined
  private warm: Starting | undefined
  private ready: Promise<void> = Promise.resolve()
  private settle: ((outcome: Done | EngineLost) => void) | undefined
  private output: Output | undefined
  private closing = false
  serverVersion = ""

  constructor(pgdata: string, gaveUp: (reason: string) => void) {
    this.pgdata = pgdata
    this.gaveUp = gaveUp
  }

  /** Loads PGlite's code without touching the data directory. */
  warmUp(): void {
    this.warm = this.spawn()
    void this.compiled().catch(() => undefined)
  }

  /** Rejects where PGlite does not come up. */
  async start(): Promise<void> {
    this.ready = this.launch()
    await this.ready
  }

  /** Without `output` the answer is thrown away. */
  async execute(bytes: Uint8Array, output?: Output): Promise<Done | EngineLost> {
    await this.ready
    const worker = this.worker
    if (worker === undefined) return { lost: "crashed", reason: "the embedded store has been given up" }
    return new Promise((resolve) => {
      this.settle = resolve
      this.output = output
      worker.postMessage({ kind: "execute", bytes, silent: output === undefined } satisfies EngineCommand)
    })
  }

  /** Ends the statement under way with its thread, and starts another thread. */
  end(reason: string): void {
    const worker = this.worker
    if (worker === undefined) return
    this.worker = undefined
    this.ready = worker.terminate().then(() => this.relaunch())
    this.finish({ lost: "ended", reason })
  }

  async close(): Promise<void> {
    this.closing = true
    await this.ready.catch(() => undefined)
    const worker = this.worker
    await this.warm?.worker.terminate()
    if (worker === undefined) return
    await new Promise<void>((resolve) => {
      worker.once("exit", () => resolve())
      worker.on("message", (event: EngineEvent) => event.kind === "closed" && void worker.terminate())
      worker.postMessage({ kind: "close" } satisfies EngineCommand)
    })
  }

  private answer(bytes: Buffer): void {
    const { unsent } = this
    const sent = (count: number): void => {
      Atomics.sub(unsent, 0, count)
      Atomics.notify(unsent, 0)
    }
    if (this.output === undefined) sent(bytes.length)
    else this.output(bytes, sent)
  }

  private finish(outcome: Done | EngineLost): void {
    const settle = this.settle
    this.settle = undefined
    this.output = undefined
    settle?.(outcome)
  }

  /** For what no restart mends: nothing is executed any more. */
  giveUp(reason: string): void {
    const worker = this.worker
    this.worker = undefined
    void worker?.terminate()
    this.gaveUp(reason)
    this.finish({ lost: "crashed", reason })
  }

  private crashed(worker: Worker, reason: string): void {
    if (this.worker !== worker || this.closing) return
    if (isFinal(reason)) {
      this.giveUp(reason)
      return
    }
    this.worker = undefined
    this.ready = worker.terminate().then(() => this.relaunch())
    this.finish({ lost: "crashed", reason })
  }

  private async relaunch(): Promise<void> {
    for (let failed = 1; ; failed++) {
      try {
        return await this.launch()
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause)
        if (failed >= maxFailedRestarts || isFinal(reason)) return this.gaveUp(reason)
      }
    }
  }

  private async launch(): Promise<void> {
    const { worker, ready } = this.warm ?? this.spawn()
    this.warm = undefined
    worker.postMessage({ kind: "open", module: await this.compiled() } satisfies EngineCommand)
    await ready
    this.worker = worker
  }

  private compiled(): Promise<WebAssembly.Module> {
    const pglite = pathToFileURL(createRequire(import.meta.url).resolve("@electric-sql/pglite"))
    this.module ??= compileWasm(readFileSync(wasmOf(pglite)))
    return this.module
  }

  private spawn(): Starting {
    const unsent = new Int32Array(new SharedArrayBuffer(4))
    this.unsent = unsent
    const worker = startWorker("PGliteWorker", {
      workerData: {
        pgdata: this.pgdata,
        unsentBytes: unsent.buffer,
        maxUnsentBytes: maxUnsentAnswerBytes,
      } satisfies EngineStart,
    })
    for (const stream of [worker.stdout, worker.stderr]) stream.resume()
    const ready = this.firstWord(worker)
    ready.catch(() => undefined)
    return { worker, ready }
  }

  private firstWord(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => {
        this.crashed(worker, reason)
        void worker.terminate()
        reject(new Error(reason))
      }
      worker.on("error", (cause) => fail(cause.message))
      worker.on("exit", (code) => fail(`PGlite's thread ended with code ${code}`))
      worker.on("message", (event: EngineEvent) => {
        if (event.kind === "failed") return fail(event.reason)
        if (event.kind === "ready") {
          this.serverVersion = event.serverVersion
          return resolve()
        }
        if (this.worker !== worker) return
        if (event.kind === "output") this.answer(Buffer.from(event.bytes.buffer))
        if (event.kind === "done") this.finish(event)
      })
    })
  }
}
