/**
 * What bounds the connections of Node's server. A request must come whole within a time, so that nobody holds places by
 * sending a byte now and then; a connection on which nothing moves is cut, which spares streams of events, as they have
 * heartbeats; and when there are too many, one that waits for its next request goes, else the oldest, so that whoever comes with a
 * request finds a place. Turning the newest away would let whoever fills the places keep everybody out, and those
 * who ask whether the instance lives.
 */
import type * as http from "node:http"
import type { Socket } from "node:net"
import * as Limits from "../domain/Limits.ts"
import * as Problem from "./Problem.ts"

export interface Bounds {
  readonly connections: number
  readonly headersMs: number
  readonly requestMs: number
  readonly idleMs: number
  readonly checkMs: number
}

export const bounds: Bounds = {
  connections: Limits.maxHttpConnections,
  headersMs: Limits.httpHeadersMs,
  requestMs: Limits.httpRequestMs,
  idleMs: Limits.httpIdleMs,
  checkMs: Limits.httpCheckMs,
}

/** For `createServer`. */
export const options = ({ headersMs, requestMs, checkMs }: Bounds): http.ServerOptions => ({
  headersTimeout: headersMs,
  requestTimeout: requestMs,
  keepAliveTimeout: Limits.httpKeepAliveMs,
  connectionsCheckingInterval: checkMs,
  maxHeaderSize: Limits.maxHeaderBytes,
})

const refusals: Readonly<Record<string, Problem.Problem>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: "HeadersTooLarge",
    detail: `Cannot answer: the headers must have at most ${Limits.maxHeaderBytes} bytes, found more`,
    field: "headers",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: "RequestTooSlow",
    detail: "Cannot answer: a request must come whole within its time, and did not",
    field: "request",
  },
}

const unreadable: Problem.Problem = {
  status: 400,
  code: "UnreadableRequest",
  detail: "Cannot answer: a request must be HTTP/1.1, found something else",
  field: "request",
}

/** In bytes, as there is no request to answer. */
const refuse = ({ code }: { readonly code?: string }, socket: Socket): void => {
  const body = Problem.body(refusals[code ?? ""] ?? unreadable)
  const text = JSON.stringify(body)
  socket.end(
    `HTTP/1.1 ${body.status} ${body.title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    () => socket.destroy(),
  )
}

/** Bounds what has been made with these options. */
export const bound = (server: http.Server, { connections, idleMs }: Bounds): void => {
  /** All, and those that are answered nothing now; the oldest first. */
  const all = new Set<Socket>()
  const idle = new Set<Socket>()
  const answers = new WeakMap<Socket, http.ServerResponse>()

  /** One that is answered comes back, if a stream of events is all that it had. */
  const makeRoom = (): void => {
    if (all.size < connections) return
    const [waiting] = idle
    const [oldest] = all
    const leaves = waiting ?? oldest
    leaves?.destroy()
    // Its end is told in a later turn, and others may come in this one.
    all.delete(leaves!)
    idle.delete(leaves!)
  }

  server.on("connection", (socket: Socket) => {
    makeRoom()
    all.add(socket)
    idle.add(socket)
    socket.once("close", () => {
      all.delete(socket)
      idle.delete(socket)
    })
  })
  server.on("request", ({ socket }, response) => {
    idle.delete(socket)
    answers.set(socket, response)
    response.once("close", () => {
      answers.delete(socket)
      if (all.has(socket)) idle.add(socket)
    })
  })
  server.on("clientError", (error: Error & { readonly code?: string }, socket) => {
    const hasBegun = answers.get(socket as Socket)?.headersSent === true
    if (error.code === "ECONNRESET" || !socket.writable || hasBegun) socket.destroy()
    else refuse(error, socket as Socket)
  })
  server.setTimeout(idleMs)
}
