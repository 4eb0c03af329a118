/** The command line on an embedded store that is lost while it works, or cannot be used when it starts. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { complaints, type Finished, lightcone, manyProcessesMs, start } from "../../support/Cli.ts"
import { giveAway, identity } from "../../support/Unprivileged.ts"
import { canMount, makeSmallDisk } from "./SmallDisk.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

let parent: string
let model: string

/** One finished run, in a store that every test copies. */
beforeAll(async () => {
  parent = fs.mkdtempSync(path.join(os.tmpdir(), "lightcone-loss-"))
  fs.chmodSync(parent, 0o755)
  model = path.join(parent, "model")
  const made = await lightcone(["run", "-q", "--duration", "300ms"], { env: { LIGHTCONE_DIR: model } })
  expect(made.code, made.stderr).toBe(0)
})

afterAll(() => fs.rmSync(parent, { recursive: true, force: true }))

const remedy = /put back a copy of the directory, or move it away and a new store is made in its place/

let copies = 0
const copy = (): string => {
  const directory = path.join(parent, `copy-${++copies}`)
  fs.cpSync(model, directory, { recursive: true })
  return directory
}

const on = (directory: string, args: ReadonlyArray<string>): Promise<Finished> =>
  lightcone(args, { env: { LIGHTCONE_DIR: directory } })

/** Exit 3 and one line, of these words and no trace. */
const says = (done: Finished, ...told: ReadonlyArray<string | RegExp>): void => {
  expect(done.code, done.stderr).toBe(3)
  const line = complaints(done).at(-1) ?? ""
  for (const words of told) expect(line).toMatch(words)
  expect(done.stderr).not.toMatch(/\n {4}at |Aborted|a defect/)
}

describe("a damaged store", () => {
  const cut = (file: string, bytes: number) => (pgdata: string) =>
    fs.truncateSync(path.join(pgdata, file), bytes)
  const flip = (file: string, at: number) => (pgdata: string) => {
    const whole = fs.readFileSync(path.join(pgdata, file))
    whole[at]! ^= 0xff
    fs.writeFileSync(path.join(pgdata, file), whole)
  }
  const eachOfLog = (change: (file: string) => void) => (pgdata: string) => {
    for (const name of fs.readdirSync(path.join(pgdata, "pg_wal")))
      if (/^[0-9A-F]{24}$/.test(name)) change(path.join(pgdata, "pg_wal", name))
  }
  const cases: ReadonlyArray<readonly [name: string, damage: (pgdata: string) => void, found: RegExp]> = [
    [
      "a flipped bit in its control file",
      flip("global/pg_control", 40),
      /incorrect checksum in control file/,
    ],
    ["a control file that is cut short", cut("global/pg_control", 100), /pg_control": read 100 of 296/],
    ["a write-ahead log that is cut short", eachOfLog((f) => fs.truncateSync(f, 100)), /checkpoint record/],
    ["an empty PG_VERSION", cut("PG_VERSION", 0), /found "" in .*PG_VERSION/],
    [
      "no files but their directory",
      (pgdata) => {
        fs.rmSync(pgdata, { recursive: true })
        fs.mkdirSync(pgdata)
      },
      /found no PG_VERSION/,
    ],
  ]

  test.concurrent.each(cases)(
    "with %s is exit code 3, says what was found and what one can do, and stays as it is",
    async (_, damage, found) => {
      const directory = copy()
      const pgdata = path.join(directory, "pgdata")
      damage(pgdata)
      const before = fs.readdirSync(pgdata)
      const done = await on(directory, ["run", "--duration", "300ms"])
      says(done, /^lightcone: Cannot (start|prepare) the store in/, directory, found, remedy)
      expect(fs.readdirSync(pgdata).filter((name) => name !== "postmaster.pid")).toEqual(before)
    },
  )

  test("that starts and has damaged rows is exit code 3, and says what one can do", async () => {
    const directory = copy()
    const table = await on(directory, [
      "sql",
      "--json",
      "select pg_relation_filepath('lightcone.log') as file",
    ])
    const [{ file }] = JSON.parse(table.stdout)
    flip(file, 3)(path.join(directory, "pgdata"))
    flip(file, 14)(path.join(directory, "pgdata"))
    says(
      await on(directory, ["verify", "latest"]),
      /invalid page in block 0/,
      /put back a copy of the directory/,
    )
  })
})

/** A run in the directory, once it has said how many events are stored. */
const recordIn = async (directory: string) => {
  const running = start(["run", "--duration", "60s", "--rates", "40,60,80"], {
    env: { LIGHTCONE_DIR: directory },
  })
  await running.says(/[1-9]\d* events stored/)
  return running
}

const lastStored = ({ stderr }: Finished): number =>
  Math.max(...[...stderr.matchAll(/(\d+) events stored/g)].map(([, count]) => Number(count)))

interface Listed {
  readonly status: string
  readonly events: number
}

const latestIn = async (directory: string): Promise<Listed> => {
  const { stdout, stderr } = await on(directory, ["runs", "--json"])
  expect(stderr).not.toContain("Cannot")
  return JSON.parse(stdout)[0]
}

describe("a store on a full disk", () => {
  test.runIf(canMount())(
    "ends the run with exit code 3, and keeps what it acknowledged: it is there once room is made",
    async () => {
      const disk = makeSmallDisk(90)!
      try {
        const directory = path.join(disk.path, "store")
        const running = await recordIn(directory)
        const ballast = path.join(disk.path, "ballast")
        fill(ballast)
        const done = await running.finished
        says(done, "Cannot go on with the store in", directory, /there must be room/, /No space left/)
        says(await on(directory, ["runs"]), "Cannot lock the store in", /there must be room/)
        disk.enlarge(120)
        const acknowledged = lastStored(done)
        const { run, verified, counts } = JSON.parse(
          (await on(directory, ["verify", "latest", "--json"])).stdout,
        )
        expect({ run, verified }).toMatchObject({ verified: true })
        expect(counts.events).toBeGreaterThanOrEqual(acknowledged)
        await vi.waitUntil(async () => (await latestIn(directory)).status === "interrupted", {
          timeout: 30_000,
          interval: 3_000,
        })
      } finally {
        disk.remove()
      }
    },
  )

  test.runIf(canMount())("cannot be made, and leaves no half of one", async () => {
    const disk = makeSmallDisk(4)!
    try {
      const directory = path.join(disk.path, "store")
      const done = await on(directory, ["run", "--duration", "300ms"])
      says(done, `Cannot prepare the store in ${directory}`, /there must be room/, /ENOSPC/)
      expect(fs.readdirSync(directory).filter((name) => /pgdata|new$/.test(name))).toEqual([])
      disk.enlarge(120)
      expect((await on(directory, ["run", "-q", "--duration", "300ms"])).code).toBe(0)
    } finally {
      disk.remove()
    }
  })
})

const fill = (file: string): void => {
  const descriptor = fs.openSync(file, "w")
  try {
    for (let size = 1 << 20; size >= 1; ) {
      try {
        if (fs.writeSync(descriptor, Buffer.alloc(size)) < size) size >>= 1
      } catch {
        size >>= 1
      }
    }
  } finally {
    fs.closeSync(descriptor)
  }
}

describe("a store whose holder was killed", () => {
  test("goes to exactly one of two runs that start at once; the other is told who holds it", async () => {
    const directory = copy()
    const killed = await recordIn(directory)
    killed.signal("SIGKILL")
    await killed.finished
    const both = await Promise.all([1, 2].map(() => on(directory, ["run", "--duration", "2s"])))
    const [held, refused] = both.sort((a, b) => a.code! - b.code!)
    expect(held!.code, held!.stderr).toBe(0)
    says(refused!, `Cannot open the store in ${directory}`, /one process at a time may write to it/)
  })
})

describe("a store that is deleted", () => {
  test("during a run ends it with exit code 3, and is not made again by its closing", async () => {
    const directory = copy()
    const running = await recordIn(directory)
    fs.rmSync(directory, { recursive: true })
    says(await running.finished, "Cannot go on with the store in", directory, /was deleted or moved away$/)
    expect(fs.existsSync(directory)).toBe(false)
  })

  test("during a run and put back by another ends the run, and leaves the other as it is", async () => {
    const directory = copy()
    const running = await recordIn(directory)
    fs.renameSync(directory, `${directory}.aside`)
    fs.cpSync(model, directory, { recursive: true })
    says(await running.finished, "Cannot go on with the store in", directory, /was deleted or moved away$/)
    expect(await latestIn(directory)).toMatchObject({ status: "finished" })
  })

  test("before a command is missed by one that reads, which makes none", async () => {
    const directory = path.join(parent, "never")
    says(await on(directory, ["show", "latest"]), `there is none in ${directory}`)
    expect(fs.existsSync(directory)).toBe(false)
  })
})

describe("a store of somebody else", () => {
  const asOther = (directory: string, args: ReadonlyArray<string>) =>
    lightcone(args, { env: { LIGHTCONE_DIR: directory }, identity })
  const sealed = (mode: number): string => {
    const directory = copy()
    if (identity.uid !== undefined) giveAway(directory)
    fs.chmodSync(directory, mode)
    return directory
  }

  test("that may only be read, or not even that, is exit code 3 with what must hold", async () => {
    for (const [mode, operation] of [
      [0o500, "lock"],
      [0o000, "prepare"],
    ] as const) {
      const directory = sealed(mode)
      for (const args of [["runs"], ["run", "--duration", "300ms"]]) {
        const done = await asOther(directory, args)
        says(
          done,
          `Cannot ${operation} the store in ${directory}`,
          /must be ours to read and write/,
          /EACCES/,
        )
      }
      fs.chmodSync(directory, 0o700)
      expect(fs.readdirSync(directory).sort()).toEqual(fs.readdirSync(model).sort())
    }
  })

  test.runIf(identity.uid !== undefined)("is exit code 3, though others can look into it", async () => {
    const directory = copy()
    fs.chmodSync(directory, 0o755)
    says(await asOther(directory, ["runs"]), `the store in ${directory}`, /must be ours to read and write/)
  })
})
