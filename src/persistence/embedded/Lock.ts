/**
 * Who holds a store: at most one process, as two on one directory silently corrupt it.
 *
 * The lock is a file `holder.N.json` beside the data, made in one step with its content inside. The highest N
 * counts; a process takes the store by making N + 1 once N is released or its process is dead. The usual way,
 * one name that is removed and made anew, was rejected: between judging a lock stale and removing it another
 * process may have taken it, and the removal then hits a live one. Here nobody ever removes the file that
 * counts: a release is written into it, and only lower numbers are cleared away.
 */

import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { isAlive, type ProcessIdentity, thisProcess } from "./Process.ts"

export interface Holder extends ProcessIdentity {
  readonly access: "read" | "write"
  /** ISO 8601. */
  readonly since: string
  readonly released: boolean
  /** Where readers reach the store; null while it is being opened. */
  readonly address: { readonly host: string; readonly port: number; readonly password: string | null } | null
}

export interface Lock {
  readonly holder: Holder
  readonly publish: (address: NonNullable<Holder["address"]>) => void
  readonly release: () => void
}

const lockName = /^holder\.(\d+)\.json$/

const generations = (directory: string): ReadonlyArray<number> =>
  fs
    .readdirSync(directory)
    .flatMap((name) => (lockName.test(name) ? [Number(lockName.exec(name)![1])] : []))
    .sort((a, b) => b - a)

const fileOf = (directory: string, generation: number): string =>
  path.join(directory, `holder.${generation}.json`)

const readHolder = (file: string): Holder | undefined => {
  try {
    const holder = JSON.parse(fs.readFileSync(file, "utf8")) as Holder
    return Number.isInteger(holder?.pid) ? holder : undefined
  } catch {
    return undefined
  }
}

/** A file that says nothing may be one that its process is still writing, where it could not be made whole. */
const writingMs = 1_000
const pollMs = 20
const idle = new Int32Array(new SharedArrayBuffer(4))
const settledHolder = (file: string): Holder | undefined => {
  for (;;) {
    const holder = readHolder(file)
    if (holder !== undefined || !isYoung(file)) return holder
    Atomics.wait(idle, 0, 0, pollMs)
  }
}

const ageMs = (file: string): number => {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? Number.POSITIVE_INFINITY : Date.now() - stat.mtimeMs
}
const isYoung = (file: string): boolean => Math.abs(ageMs(file)) < writingMs

/** The live process that holds the store, if any. */
export const currentHolder = (directory: string): Holder | undefined => {
  const [highest] = generations(directory)
  if (highest === undefined) return undefined
  const holder = settledHolder(fileOf(directory, highest))
  return holder === undefined || holder.released || !isAlive(holder) ? undefined : holder
}

const writeAside = (directory: string, holder: Holder): string => {
  const aside = path.join(directory, `holder.${randomBytes(6).toString("hex")}.new`)
  try {
    fs.writeFileSync(aside, `${JSON.stringify(holder, null, 2)}\n`, { flag: "wx", mode: 0o600 })
    return aside
  } catch (cause) {
    // A full disk leaves half of it.
    fs.rmSync(aside, { force: true })
    throw cause
  }
}

/** Makes `file` with its content in one step; false where it exists. */
const createWhole = (directory: string, file: string, holder: Holder): boolean => {
  const aside = writeAside(directory, holder)
  try {
    fs.linkSync(aside, file)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false
    return createWithoutLinks(file, holder, cause)
  } finally {
    fs.rmSync(aside, { force: true })
  }
}

/** For file systems without hard links. */
const createWithoutLinks = (file: string, holder: Holder, cause: unknown): boolean => {
  const code = (cause as NodeJS.ErrnoException).code ?? ""
  if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(code)) throw cause
  try {
    fs.writeFileSync(file, JSON.stringify(holder), { flag: "wx", mode: 0o600 })
    return true
  } catch (again) {
    if ((again as NodeJS.ErrnoException).code === "EEXIST") return false
    throw again
  }
}

/** What the dead holders before us left: their lock files, and the address of the last one. */
export interface Leftovers {
  readonly addresses: ReadonlyArray<NonNullable<Holder["address"]>>
}

/** Takes the store, or says who holds it. Throws what the file system throws. */
export const takeLock = (
  directory: string,
  access: "read" | "write",
): { readonly lock: Lock; readonly leftovers: Leftovers } | { readonly heldBy: Holder } => {
  for (;;) {
    const [highest = 0] = generations(directory)
    const held = currentHolder(directory)
    if (held !== undefined) return { heldBy: held }
    const holder: Holder = {
      ...thisProcess(),
      access,
      since: new Date().toISOString(),
      released: false,
      address: null,
    }
    const file = fileOf(directory, highest + 1)
    if (!createWhole(directory, file, holder)) continue
    if (generations(directory)[0] !== highest + 1) {
      fs.rmSync(file, { force: true })
      continue
    }
    return { lock: lockOn(directory, file, holder), leftovers: clearLower(directory, highest + 1) }
  }
}

const clearLower = (directory: string, mine: number): Leftovers => {
  const addresses = generations(directory)
    .filter((generation) => generation < mine)
    .flatMap((generation) => {
      const file = fileOf(directory, generation)
      const address = readHolder(file)?.address
      fs.rmSync(file, { force: true })
      return address === null || address === undefined ? [] : [address]
    })
  for (const name of fs.readdirSync(directory)) {
    if (/^holder\.[0-9a-f]{12}\.new$/.test(name) && isOld(path.join(directory, name))) {
      fs.rmSync(path.join(directory, name), { force: true })
    }
  }
  return { addresses }
}

const oldMs = 60_000
const isOld = (file: string): boolean => ageMs(file) > oldMs

const lockOn = (directory: string, file: string, holder: Holder): Lock => {
  const rewrite = (next: Holder): void => fs.renameSync(writeAside(directory, next), file)
  return {
    holder,
    publish: (address) => rewrite({ ...holder, address }),
    release: () => {
      if (fs.existsSync(file)) rewrite({ ...holder, released: true })
    },
  }
}
