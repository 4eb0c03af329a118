import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { currentHolder, type Holder, takeLock } from "../../../src/persistence/embedded/Lock.ts"
import { thisProcess } from "../../../src/persistence/embedded/Process.ts"

let directory: string

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "lightcone-lock-"))
})

afterEach(() => fs.rmSync(directory, { recursive: true, force: true }))

const taken = (access: "read" | "write" = "write") => {
  const outcome = takeLock(directory, access)
  if (!("lock" in outcome)) throw new Error(`held by ${outcome.heldBy.pid}`)
  return outcome
}

const leaveBehind = (change: Partial<Holder>, where = directory): void => {
  fs.mkdirSync(where, { recursive: true })
  const holder = {
    ...thisProcess(),
    access: "write",
    since: "2020-01-01T00:00:00Z",
    released: false,
    address: null,
  }
  fs.writeFileSync(path.join(where, "holder.7.json"), JSON.stringify({ ...holder, ...change }))
}

describe("the lock of a store", () => {
  test("is held by one at a time, and names its holder to others", () => {
    taken()
    const second = takeLock(directory, "read")
    expect(second).toMatchObject({ heldBy: { pid: process.pid, access: "write", released: false } })
  })

  test("can be taken again once it is released", () => {
    taken().lock.release()
    expect(currentHolder(directory)).toBeUndefined()
    taken()
  })

  test("of a dead process is taken at once, and its address handed over to be cleared", () => {
    const address = { host: "/tmp/somewhere", port: 5432, password: null }
    leaveBehind({ pid: 2 ** 22 - 1, address })
    expect(taken().leftovers.addresses).toEqual([address])
  })

  test.runIf(fs.existsSync("/proc/self/stat"))(
    "of a dead process is taken though its number is in use again",
    () => {
      leaveBehind({ startedAs: "another boot 12" })
      taken()
    },
  )

  test("of a process on another host is never taken", () => {
    leaveBehind({ host: "elsewhere", pid: 2 ** 22 - 1 })
    expect(takeLock(directory, "write")).toHaveProperty("heldBy.host", "elsewhere")
  })

  test.runIf(fs.existsSync("/proc/self/stat"))(
    "of a dead process is taken though another program of this boot has its number, and left to it otherwise",
    async () => {
      const other = spawn("sleep", ["60"], { stdio: "ignore" })
      await new Promise((resolve) => other.once("spawn", resolve))
      const boot = thisProcess().startedAs!.split(" ")[0]
      leaveBehind({ pid: other.pid!, startedAs: null })
      expect(takeLock(directory, "write")).toHaveProperty("heldBy.pid", other.pid)
      leaveBehind({ pid: other.pid!, startedAs: `${boot} 1` })
      taken()
      other.kill()
    },
  )

  test("that a crash left half written is taken, once it is clear that nobody is writing it", () => {
    const file = path.join(directory, "holder.3.json")
    fs.writeFileSync(file, '{"pid":')
    const begunAt = performance.now()
    taken()
    expect(performance.now() - begunAt).toBeGreaterThan(500)
  })

  test("that its live holder is still writing, where it could not be made whole, is never taken", () => {
    const file = path.join(directory, "holder.1.json")
    fs.writeFileSync(file, "")
    const holder = JSON.stringify({ ...thisProcess(), access: "write", released: false, address: null })
    spawn("sh", ["-c", 'sleep 0.4; printf %s "$0" > "$1"', holder, file], { stdio: "ignore" })
    expect(takeLock(directory, "write")).toHaveProperty("heldBy.pid", process.pid)
  })

  /** For file systems without hard links: the system call fails as it does there. */
  const withoutLinks = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=link,linkat:error=EPERM"]
  const traced = spawnSync("strace", ["-V"], { stdio: "ignore" }).status === 0
  const kinds = [["", []], ...(traced ? [[", without hard links", withoutLinks] as const] : [])] as const

  test.each(kinds)("of a dead process goes to exactly one of many that try at once%s", async (_, prefix) => {
    const rounds = Array.from({ length: 40 }, (_, round) => path.join(directory, String(round)))
    for (const round of rounds) leaveBehind({ pid: 2 ** 22 - 1 }, round)
    const lock = fileURLToPath(new URL("../../../src/persistence/embedded/Lock.ts", import.meta.url))
    const code = `const { takeLock } = await import(${JSON.stringify(lock)})
      const rounds = ${JSON.stringify(rounds)}
      const idle = new Int32Array(new SharedArrayBuffer(4))
      process.stdin.on("data", (startMs) => {
        const won = rounds.filter((directory, round) => {
          const dueMs = Number(startMs) + 20 * round
          Atomics.wait(idle, 0, 0, Math.max(0, dueMs - Date.now() - 2))
          while (Date.now() < dueMs) {}
          return "lock" in takeLock(directory, "write")
        })
        console.log(JSON.stringify(won))
      })
      console.log("ready")`
    const words = [...prefix, process.execPath, "--import", "tsx", "--input-type=module", "-e", code]
    const children = Array.from({ length: 4 }, () =>
      spawn(words[0]!, words.slice(1), { stdio: ["pipe", "pipe", "inherit"] }),
    )
    const line = (child: (typeof children)[number]) =>
      new Promise<string>((resolve) => child.stdout.once("data", (text) => resolve(String(text).trim())))
    await Promise.all(children.map(line))
    const answers = children.map(line)
    const startMs = Date.now() + 100
    for (const child of children) child.stdin.write(`${startMs}\n`)
    const won = (await Promise.all(answers)).flatMap((answer) => JSON.parse(answer) as Array<string>)
    const exits = children.map((child) => new Promise((resolve) => child.once("exit", resolve)))
    for (const child of children) child.stdin.end()
    await Promise.all(exits)
    expect(won.sort()).toEqual(rounds.sort())
  })
})
