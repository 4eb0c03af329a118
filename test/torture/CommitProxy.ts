/**
 * Stands between a process and its Postgres and cuts the connection in the middle of a commit: before the append
 * reaches the server, or after the server has answered and before the answer gets through.
 */
import * as net from "node:net"

export type Cut = "before-server" | "after-server"

export interface CommitProxy {
  readonly url: string
  /** Cuts at the n-th append from now on; 0 for never. */
  readonly cutAt: (append: number, how: Cut) => void
  /** Whether the cut that was asked for last has been made. */
  readonly isDone: () => boolean
  readonly cuts: () => { readonly [K in Cut]: number }
  readonly close: () => Promise<void>
}

const ready = 0x5a

/** Whether the server's bytes end with ReadyForQuery. */
const isAnswered = (bytes: Buffer): boolean => bytes.length >= 6 && bytes[bytes.length - 6] === ready

export const startCommitProxy = async (target: string): Promise<CommitProxy> => {
  const url = new URL(target)
  const port = Number(url.port)
  const sockets = new Set<net.Socket>()
  const cuts = { "before-server": 0, "after-server": 0 }
  let left = 0
  let isDone = true
  let how: Cut = "before-server"

  const server = net.createServer((client) => {
    const upstream = net.connect(port, "127.0.0.1")
    let withholding = false
    const cut = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on("error", cut)
      socket.on("close", () => {
        sockets.delete(socket)
        cut()
      })
    }
    client.on("data", (bytes) => {
      const isAppend = bytes.includes("set head = head +")
      if (isAppend && left > 0 && --left === 0) {
        if (how === "before-server") {
          cuts[how]++
          isDone = true
          return cut()
        }
        withholding = true
      }
      upstream.write(bytes)
    })
    upstream.on("data", (bytes) => {
      if (!withholding) return client.write(bytes)
      if (!isAnswered(bytes)) return
      cuts["after-server"]++
      isDone = true
      cut()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  url.port = String((server.address() as net.AddressInfo).port)
  return {
    url: url.href,
    cutAt: (append, at) => {
      left = append
      isDone = append === 0
      how = at
    },
    isDone: () => isDone,
    cuts: () => ({ ...cuts }),
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
