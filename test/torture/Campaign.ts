/** Many rounds, some side by side, each worker with a store of its own; and what they found. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startPostgres } from "../support/Postgres.ts"
import { openArena } from "./Arena.ts"
import { startCommitProxy } from "./CommitProxy.ts"
import * as Ledger from "./Ledger.ts"
import { type Bench, type Result, tryRound } from "./Round.ts"

export type StoreKind = "native" | "embedded"

export interface Options {
  readonly program: string
  readonly store: StoreKind
  readonly rounds: number
  readonly seed: number
  readonly workers: number
  /** Ends at the first complaint. */
  readonly untilFound?: boolean
  readonly onRound?: (result: Result, done: number) => void
}

interface Opened {
  readonly bench: () => Promise<Bench & { readonly close: () => void }>
  readonly close: () => Promise<void>
}

const openNative = async (program: string): Promise<Opened> => {
  const server = await startPostgres()
  const proxy = await startCommitProxy(server.url)
  const { expire } = await openArena(program, server.url)
  const place = { program, store: { url: proxy.url } }
  const native = {
    proxy,
    expire,
    restart: async () => {
      await server.down("crash")
      await server.up()
    },
  }
  return {
    bench: async () => ({ place, native, close: () => {} }),
    close: async () => {
      await proxy.close()
      await server.stop()
    },
  }
}

/** Each round has a store of its own, made by its first life. */
const openEmbedded = async (program: string): Promise<Opened> => ({
  bench: async () => {
    const folder = mkdtempSync(join(tmpdir(), "lightcone-torture-"))
    return {
      place: { program, store: { directory: join(folder, "store") } },
      close: () => rmSync(folder, { recursive: true, force: true }),
    }
  },
  close: async () => {},
})

export const campaign = async (options: Options): Promise<ReadonlyArray<Result>> => {
  const { program, store, rounds, seed, workers, untilFound = false, onRound = () => {} } = options
  const results: Array<Result> = []
  let next = 0
  const work = async (): Promise<void> => {
    const opened = await (store === "native" ? openNative(program) : openEmbedded(program))
    try {
      while (next < rounds && !(untilFound && results.some(({ complaints }) => complaints.length > 0))) {
        const round = seed + next++
        const bench = await opened.bench()
        const result = await tryRound(round, bench).finally(bench.close)
        results.push(result)
        onRound(result, results.length)
      }
    } finally {
      await opened.close()
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, rounds) }, work))
  return results
}

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((all, one) => all + one, 0)

export const summary = (results: ReadonlyArray<Result>): ReadonlyArray<string> => {
  const kills = results.flatMap((result) => result.kills)
  const by = (phase: Ledger.Phase) => kills.filter((kill) => kill.phase === phase).length
  const carrying = kills.filter(({ inFlight }) => inFlight > 0).length
  return [
    `${results.length} rounds, ${sum(results.map(({ events }) => events))} events, ${kills.length} kills -9, ${carrying} of them with messages in flight`,
    ...Ledger.phases.map((phase) => `  ${phase.padEnd(16)} ${String(by(phase)).padStart(4)}`),
    `connections cut in mid-commit: ${sum(results.map(({ cuts }) => cuts[0]))} that the server had not, ${sum(results.map(({ cuts }) => cuts[1]))} that it had committed`,
    `restarts of Postgres: ${sum(results.map(({ restarts }) => restarts))}; links cut: ${sum(results.map(({ linksCut }) => linksCut))}; races of two resumes: ${sum(results.map(({ races }) => races))}; owners paused past their lease: ${sum(results.map(({ pauses }) => pauses))}`,
  ]
}
