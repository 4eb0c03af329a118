/** Who holds connections of Node's server, by real sockets: slowly, silently, many at once, or with what is no request. */
import { connect, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterEach, expect, it } from "vitest"
import type { Bounds } from "../../src/http/Connections.ts"
import * as Server from "../../src/http/Server.ts"

const bounds: Bounds = { connections: 5, headersMs: 400, requestMs: 800, idleMs: 1_000, checkMs: 50 }
const encoder = new TextEncoder()

const closing: Array<() => Promise<unknown> | unknown> = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const beating = (everyMs: number, text: string): ReadableStream<Uint8Array> => {
  let timer: NodeJS.Timeout
  return new ReadableStream({
    start: (controller) => {
      controller.enqueue(encoder.encode(text))
      timer = setInterval(() => controller.enqueue(encoder.encode(text)), everyMs)
    },
    cancel: () => clearInterval(timer),
  })
}

const endless = (): ReadableStream<Uint8Array> =>
  new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(100_000)) })

const answer = async (request: Request): Promise<Response> => {
  const { pathname } = new URL(request.url)
  if (pathname === "/beating") return new Response(beating(100, ":\n\n"))
  if (pathname === "/silent") return new Response(beating(3_600_000, ":\n\n"))
  if (pathname === "/endless") return new Response(endless())
  if (request.method === "POST") await request.text().catch(() => "")
  return new Response("alive")
}

const listening = async (given: Partial<Bounds> = {}): Promise<number> => {
  const scope = await Effect.runPromise(Scope.make())
  closing.push(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const opened = Server.listen({ fetch: answer }, "127.0.0.1", 0, { ...bounds, ...given })
  return Number(new URL((await Effect.runPromise(Scope.extend(opened, scope))).url).port)
}

interface Line {
  readonly socket: Socket
  readonly said: () => string
  /** How long it was open, milliseconds. */
  readonly closed: Promise<number>
}

const open = (port: number, text = ""): Promise<Line> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1")
    const begunMs = performance.now()
    let said = ""
    socket.on("data", (data) => {
      said += data.toString()
    })
    const closed = new Promise<number>((end) => socket.once("close", () => end(performance.now() - begunMs)))
    closing.push(() => socket.destroy())
    socket.on("error", reject)
    socket.once("connect", () => {
      socket.write(text)
      resolve({ socket, said: () => said, closed })
    })
  })

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const drip = async ({ socket }: Line, text: string, everyMs: number): Promise<void> => {
  for (const byte of text) {
    if (socket.destroyed) return
    socket.write(byte)
    await pause(everyMs)
  }
}

const get = "GET / HTTP/1.1\r\nhost: localhost\r\n"
const problemOf = (line: Line) => {
  const [head, body] = line.said().split("\r\n\r\n")
  expect(head).toContain("content-type: application/problem+json")
  return JSON.parse(body!)
}

it("who sends the headers a byte at a time is cut off, while others are answered", async () => {
  const port = await listening()
  const line = await open(port)
  void drip(line, `${get}x: ${"y".repeat(1_000)}`, 20)
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("alive")
  expect(await line.closed).toBeLessThan(2_000)
  expect(problemOf(line)).toMatchObject({ status: 408, code: "RequestTooSlow", field: "request" })
})

it("who sends nothing is cut off", async () => {
  const line = await open(await listening())
  expect(await line.closed).toBeLessThan(2_000)
})

it("who sends a body a byte at a time is cut off", async () => {
  const line = await open(
    await listening(),
    "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n",
  )
  void drip(line, "x".repeat(1_000), 20)
  expect(await line.closed).toBeLessThan(2_500)
  expect(problemOf(line)).toMatchObject({ status: 408, field: "request" })
})

it("headers that are too large, and what is no request, are refused in words", async () => {
  const port = await listening()
  const large = await open(port, `${get}x: ${"y".repeat(20_000)}\r\n\r\n`)
  await large.closed
  expect(problemOf(large)).toMatchObject({ status: 431, code: "HeadersTooLarge", field: "headers" })
  const none = await open(port, "hello\r\n\r\n")
  await none.closed
  expect(problemOf(none)).toMatchObject({ status: 400, code: "UnreadableRequest", field: "request" })
})

it("a stream with a heartbeat is not idle, one on which nothing moves is cut", async () => {
  const port = await listening()
  const beats = await open(port, get.replace("/", "/beating").concat("\r\n"))
  const silent = await open(port, get.replace("/", "/silent").concat("\r\n"))
  expect(await silent.closed).toBeGreaterThan(900)
  await pause(1_500)
  expect(beats.socket.destroyed).toBe(false)
  expect(beats.said()).toContain(":\n\n")
})

it("who does not read what he asked for is cut off", async () => {
  const line = await open(await listening(), get.replace("/", "/endless").concat("\r\n"))
  line.socket.pause()
  await pause(3_000)
  const gone = new Promise((resolve) => line.socket.once("close", resolve))
  line.socket.resume()
  await gone
})

it("there are so many connections at most: who waits goes first, and then the oldest", async () => {
  const port = await listening({ headersMs: 60_000, requestMs: 60_000, idleMs: 60_000 })
  const alive = async () => {
    const line = await open(port, `${get}connection: close\r\n\r\n`)
    await line.closed
    expect(line.said()).toContain("alive")
  }
  const beats = await open(port, get.replace("/", "/beating").concat("\r\n"))
  await pause(50)
  const idle = []
  for (let i = 0; i < 4; i++) idle.push(await open(port, get))
  await alive()
  await idle[0]!.closed
  expect(idle.slice(1).map(({ socket }) => socket.destroyed)).toEqual([false, false, false])
  expect(beats.socket.destroyed).toBe(false)

  const others = []
  for (let i = 0; i < 4; i++) {
    others.push(await open(port, get.replace("/", "/beating").concat("\r\n")))
    await pause(50)
  }
  await Promise.all(idle.map(({ closed }) => closed))
  expect(beats.socket.destroyed).toBe(false)
  await alive()
  await beats.closed
  expect(others.map(({ socket }) => socket.destroyed)).toEqual([false, false, false, false])
})
