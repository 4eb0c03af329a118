/** Processes under torture: the real command in a process group of its own, with an observer at its sockets. */
import { spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Ledger from "./Ledger.ts"

const observer = pathToFileURL(fileURLToPath(new URL("./observer.mjs", import.meta.url))).href

export interface Place {
  readonly program: string
  /** A store's URL, or the directory of an embedded one. */
  readonly store: { readonly url: string } | { readonly directory: string }
}

export interface Ended {
  /** Null where it was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly life: Ledger.Life
}

export interface Living {
  readonly pid: number
  readonly signal: (name: NodeJS.Signals) => void
  /** What its ledger holds by now. */
  readonly ledger: () => Ledger.Life
  /** Resolves when the ledger says so, or the process has ended. */
  readonly until: (condition: (life: Ledger.Life) => boolean) => Promise<void>
  readonly ended: Promise<Ended>
  /** Resolves to its standard error once that matches, or it has ended. */
  readonly says: (pattern: RegExp) => Promise<string>
}

const environmentOf = ({ store }: Place): Record<string, string> => {
  const { PATH = "", HOME = "" } = process.env
  return {
    PATH,
    HOME,
    ...("url" in store ? { LIGHTCONE_DATABASE_URL: store.url } : { LIGHTCONE_DIR: store.directory }),
  }
}

/** `halt` is where it stands still, as PHASE:N. */
export const begin = (
  place: Place,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>> = {},
): Living => {
  const folder = mkdtempSync(join(tmpdir(), "lightcone-life-"))
  const path = join(folder, "ledger")
  const descriptor = openSync(path, "a")
  const child = spawn(process.execPath, ["--import", observer, place.program, ...args], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", descriptor],
    env: { ...environmentOf(place), LIGHTCONE_LEDGER: "3", ...env },
  })
  closeSync(descriptor)
  let [stdout, stderr, isOver] = ["", "", false]
  child.stdout!.on("data", (text) => {
    stdout += text
  })
  child.stderr!.on("data", (text) => {
    stderr += text
  })
  let last = ""
  const ledger = () => {
    if (!isOver) last = readFileSync(path, "utf8")
    return Ledger.parse(last)
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      const life = ledger()
      isOver = true
      rmSync(folder, { recursive: true, force: true })
      resolve({ code, stdout, stderr, life })
    })
  })
  return {
    pid: child.pid!,
    signal: (name) => {
      try {
        process.kill(-child.pid!, name)
      } catch {
        // It has ended already.
      }
    },
    ledger,
    until: async (condition) => {
      while (!isOver && !condition(ledger())) await sleep(5)
    },
    ended,
    says: async (pattern) => {
      while (!isOver && !pattern.test(stderr)) await sleep(5)
      return stderr
    },
  }
}

/** A command to its end, without an observer's interest. */
export const command = async (place: Place, args: ReadonlyArray<string>): Promise<Ended> => {
  const done = await begin(place, args).ended
  if (done.code !== 0) throw new Error(`${args.join(" ")} ended with ${done.code}: ${done.stderr}`)
  return done
}
