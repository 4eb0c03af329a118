/**
 * The thread between the clients and PGlite. It speaks Postgres' protocol on two addresses, one for readers
 * and one for the process that holds the store, and is never blocked by a statement.
 */

import { unlinkSync } from "node:fs"
import { type AddressInfo, createServer, type Server } from "node:net"
import { join } from "node:path"
import { parentPort, workerData } from "node:worker_threads"
import { closeConnectionTimeoutMs, maxOwnerConnections, maxReaderConnections } from "../../domain/Limits.ts"
import { Client } from "./Client.ts"
import { Engine } from "./Engine.ts"
import type { GateCommand, GateEvent, GateStart } from "./GateProtocol.ts"
import { Turns } from "./Turns.ts"
import type { Complaint } from "./Wire.ts"

const port = parentPort!
const start = workerData as GateStart
const say = (event: GateEvent): void => port.postMessage(event)

const socketPorts = { reader: 5_432, owner: 5_433 }
const clients = new Set<Client>()
let closing = false

const shuttingDown: Complaint = {
  code: "57P01",
  message: "terminating connection: the embedded store is being closed by its holder",
}

const engine = new Engine(start.pgdata, (reason) => {
  say({ kind: "failed", operation: "run", reason })
  for (const client of clients) client.dismiss({ code: "58000", message: `Cannot go on: ${reason}` })
})
const turns = new Turns(engine, start.readerLimitMs)

const limits = { reader: maxReaderConnections, owner: maxOwnerConnections }

const full = (reader: boolean): Complaint | undefined => {
  if (closing) return shuttingDown
  const limit = reader ? limits.reader : limits.owner
  const started = [...clients].filter((client) => client.reader === reader && client.started).length
  if (started < limit) return undefined
  return {
    code: "53300",
    message: `Cannot let the client in: the embedded store serves at most ${limit} connections, found ${started}`,
  }
}

const parameters = (reader: boolean): Readonly<Record<string, string>> => ({
  server_version: engine.serverVersion,
  server_encoding: "UTF8",
  client_encoding: "UTF8",
  DateStyle: "ISO, MDY",
  TimeZone: "UTC",
  IntervalStyle: "postgres",
  integer_datetimes: "on",
  standard_conforming_strings: "on",
  in_hot_standby: "off",
  is_superuser: reader ? "off" : "on",
  default_transaction_read_only: reader ? "on" : "off",
})

const cancel = (pid: number, secret: number): void => {
  for (const client of clients) if (client.pid === pid && client.secret === secret) client.cancelled = true
}

const serverFor = (kind: "reader" | "owner"): Server => {
  const reader = kind === "reader"
  const server = createServer((socket) => {
    const client = new Client(socket, {
      reader,
      password: reader ? start.readerPassword : start.ownerPassword,
      full: () => full(reader),
      parameters: () => parameters(reader),
      cancel,
      wants: (one) => turns.request(one),
      gone: (one) => clients.delete(one),
    })
    clients.add(client)
  })
  server.maxConnections = 2 * limits[kind]
  return server
}

const servers = { reader: serverFor("reader"), owner: serverFor("owner") }

const listen = (kind: "reader" | "owner"): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = servers[kind]
    server.once("error", reject)
    if (start.socketDirectory === undefined) {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port))
    } else {
      server.listen(join(start.socketDirectory, `.s.PGSQL.${socketPorts[kind]}`), () =>
        resolve(socketPorts[kind]),
      )
    }
  })

const open = async (): Promise<void> => {
  let operation: "listen" | "start" = "start"
  try {
    await engine.start()
    operation = "listen"
    const [readerPort, ownerPort] = await Promise.all([listen("reader"), listen("owner")])
    say({ kind: "ready", readerPort, ownerPort })
  } catch (cause) {
    say({ kind: "failed", operation, reason: cause instanceof Error ? cause.message : String(cause) })
  }
}

const close = async (): Promise<void> => {
  closing = true
  for (const server of Object.values(servers)) server.close()
  const patience = setTimeout(() => {
    for (const client of clients) if (!client.reader) client.dismiss(shuttingDown)
  }, closeConnectionTimeoutMs)
  await turns.stop()
  clearTimeout(patience)
  for (const client of clients) client.dismiss(shuttingDown)
  await engine.close()
  if (start.socketDirectory !== undefined) {
    for (const number of Object.values(socketPorts)) {
      try {
        unlinkSync(join(start.socketDirectory, `.s.PGSQL.${number}`))
      } catch {
        // Node has unlinked it already.
      }
    }
  }
  say({ kind: "closed" })
}

engine.warmUp()
port.on("message", (command: GateCommand) => void (command.kind === "close" ? close() : open()))
