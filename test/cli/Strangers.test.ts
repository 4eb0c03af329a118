import * as net from "node:net"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { canTell, listening } from "../support/ListeningPorts.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const garbage = [
  "GET /\u001b]0;owned\u0007 HTTP/1.1\r\n\r\n",
  "\u001b[2J\u001b[31m\u0001\u0000\u0000",
  "\u0001\u0000\u0000\u0000\u0009",
]

const send = (port: number, text: string): Promise<void> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.on("error", () => {})
    socket.on("close", () => resolve())
    socket.resume()
    socket.write(text, "latin1")
  })

describe.skipIf(!canTell)("a run with strangers at its ports", () => {
  let store: Scratch
  beforeAll(async () => {
    store = await scratchDatabase()
    expect((await store.run(["migrate"])).code).toBe(0)
  })
  afterAll(() => store.drop())

  const visited = async (...options: ReadonlyArray<string>) => {
    const running = store.start(["run", "--rates", "20,30,40", "--duration", "3s", ...options])
    await running.says(/^[1-9]\d* events stored/m)
    const ports = listening(running.pid)
    for (const { port } of ports) for (const text of garbage) await send(port, text)
    const finished = await running.finished
    expect(finished.code, finished.stderr).toBe(0)
    return { ports, ...finished }
  }

  it("listens on loopback, counts what it refused, and lets no escape of theirs through", async () => {
    const { ports, stdout, stderr } = await visited("--json")
    expect(ports.map(({ address }) => address)).toEqual(["0100007F", "0100007F", "0100007F"])
    expect(JSON.parse(stdout)).toMatchObject({
      verified: true,
      missed: 0,
      refused: { connections: 9, frames: 0 },
    })
    expect(stderr).toMatch(/machine \d refused a connection: /)
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]/u)
  })

  it("listens elsewhere when told to, and refuses an address that is not this host's", async () => {
    const everywhere = ["run", "--rates", "20,30,40", "--duration", "2s", "--listen", "0.0.0.0", "--json"]
    const running = store.start(everywhere)
    await running.says(/^[1-9]\d* events stored/m)
    expect(listening(running.pid).map(({ address }) => address)).toEqual(["00000000", "00000000", "00000000"])
    const { code, stdout, stderr } = await running.finished
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ verified: true, missed: 0 })
    for (const address of ["192.0.2.1", "localhost", ""]) {
      const refused = await store.run(["run", "--listen", address])
      expect(refused).toMatchObject({ code: 2, stdout: "" })
      expect(refused.stderr).toContain(
        `Cannot run: --listen must be an IP address of this host, such as 0.0.0.0, ::, 127.0.0.1`,
      )
    }
  })

  it("goes on when they take all the descriptors that it may have", async () => {
    const options = { maxDescriptors: 100 }
    const running = store.start(["run", "--rates", "20,30,40", "--duration", "4s", "--json"], options)
    await running.says(/^[1-9]\d* events stored/m)
    const sockets = listening(running.pid).flatMap(({ port }) =>
      Array.from({ length: 200 }, () =>
        net
          .connect(port, "127.0.0.1")
          .on("error", () => {})
          .resume(),
      ),
    )
    const { code, stdout, stderr } = await running.finished
    for (const socket of sockets) socket.destroy()
    expect(code, stderr).toBe(0)
    const { refused, verified } = JSON.parse(stdout)
    expect(verified).toBe(true)
    expect(refused.connections).toBeGreaterThan(50)
  })

  it("says in its summary how many were refused", async () => {
    const { stdout } = await visited()
    expect(stdout).toMatch(/^refused {3}9 connections and 0 frames at the machines' ports$/m)
  })
})
