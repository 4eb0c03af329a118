/** The private directory of a store's Unix sockets: short, as a socket's path may have some 100 bytes. */

import { randomBytes } from "node:crypto"
import * as fs from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import * as path from "node:path"

const prefix = "lightcone-"
const maxSocketPathBytes = 100
const socketName = ".s.PGSQL.5432"

/** Some file systems, mounts of another system's above all, hold no sockets. */
const takesSocket = (file: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false))
    server.listen(file, () => server.close(() => resolve(true)))
  })

/** Undefined where Unix sockets cannot be had, and TCP on the loopback has to do. */
export const makeSocketDirectory = async (): Promise<string | undefined> => {
  if (process.platform === "win32") return undefined
  for (const parent of [tmpdir(), "/tmp"]) {
    const directory = path.join(parent, `${prefix}${randomBytes(6).toString("hex")}`)
    if (Buffer.byteLength(path.join(directory, socketName)) > maxSocketPathBytes) continue
    try {
      fs.mkdirSync(directory, { mode: 0o700 })
    } catch {
      // Not writable: the next place, or TCP.
      continue
    }
    if (await takesSocket(path.join(directory, socketName))) return directory
    fs.rmSync(directory, { recursive: true, force: true })
  }
  return undefined
}

/** Removes a socket directory of ours, a dead holder's included, and nothing else. */
export const removeSocketDirectory = (directory: string): void => {
  if (!path.isAbsolute(directory) || !/^lightcone-[0-9a-f]{12}$/.test(path.basename(directory))) return
  fs.rmSync(directory, { recursive: true, force: true })
}
