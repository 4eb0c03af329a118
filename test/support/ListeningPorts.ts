/** Where a process listens, as Linux tells it. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"

export const canTell = existsSync("/proc/self/net/tcp")

export interface Listening {
  /** In the kernel's writing: 0100007F is 127.0.0.1. */
  readonly address: string
  readonly port: number
}

const socketsOf = (pid: number): ReadonlySet<string> =>
  new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )

export const listening = (pid: number): ReadonlyArray<Listening> => {
  const sockets = socketsOf(pid)
  return ["tcp", "tcp6"].flatMap((family) =>
    readFileSync(`/proc/${pid}/net/${family}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A" && sockets.has(fields[9]!))
      .map((fields) => {
        const [address, port] = fields[1]!.split(":")
        return { address: address!, port: Number.parseInt(port!, 16) }
      }),
  )
}
