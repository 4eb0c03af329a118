/** Where the handler runs: in this process, served by Node, served by Deno. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import * as http from "node:http"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { inject, vi } from "vitest"
import { make } from "../../src/handler.ts"
import { type Options, start } from "../support/Cli.ts"
import { freePort } from "../support/Unprivileged.ts"
import type { Subject } from "./Requests.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

export const token = "a-token-of-the-tests"

export interface Host {
  readonly fetch: Subject["fetch"]
  readonly close: () => Promise<unknown>
}

/** A host of which it is known what it is bound to, as others may call it. */
export interface Bound extends Host {
  readonly ask: (host: string, path: string, headers?: Record<string, string>) => Promise<Response>
}

/** `fetch` does not let its caller choose the header. */
const askAs =
  (port: number): Bound["ask"] =>
  (host, path, headers) =>
    new Promise((resolve, reject) => {
      http
        .get({ port, path, headers: { ...headers, host }, agent: false }, async (response) => {
          const text = Buffer.concat(await response.toArray())
          const pairs = Object.entries(response.headers).map(
            ([name, value]) => [name, String(value)] as const,
          )
          resolve(
            new Response(text, {
              status: response.statusCode!,
              headers: new Headers([...pairs].map((pair) => [...pair])),
            }),
          )
        })
        .once("error", reject)
    })

/** The handler in this process, on the database of this URL. */
export const inThisProcess = (url: string): Host => {
  vi.stubEnv("LIGHTCONE_DATABASE_URL", url)
  const { fetch, dispose } = make({ token })
  return {
    fetch: (path, init) => {
      const headers = new Headers(init?.headers)
      if ((init?.method ?? "GET") === "GET") headers.set("authorization", `Bearer ${token}`)
      return fetch(new Request(`http://localhost${path}`, { ...init, headers }))
    },
    close: async () => {
      await dispose()
      vi.unstubAllEnvs()
    },
  }
}

const over =
  (base: string): Subject["fetch"] =>
  (path, init) =>
    fetch(`${base}${path}`, init)

/** `lightcone serve` in a process of its own. */
export const servedByNode = async (options: Options, words: ReadonlyArray<string> = []): Promise<Bound> => {
  const port = await freePort()
  const running = start(["serve", "--no-work", "--port", String(port), ...words], {
    ...options,
    timeoutMs: 300_000,
    env: { LIGHTCONE_TOKEN: token, ...options.env },
  })
  await running.says(/Ctrl-C ends it/)
  return {
    fetch: over(`http://127.0.0.1:${port}`),
    ask: askAs(port),
    close: () => {
      running.signal("SIGTERM")
      return running.finished
    },
  }
}

/** What `deno task serve` runs, of a handler that was bundled for the tests. */
const denoWords = (): ReadonlyArray<string> => {
  const { tasks } = JSON.parse(readFileSync(join(root, "deno.json"), "utf8"))
  const bundled = relative(root, join(dirname(inject("program")), "handler.js"))
  return tasks.serve.command.replace("dist/handler.js", bundled).split(" ").slice(1)
}

/** Deno's own server, with the permissions that the task names and no others. */
export const servedByDeno = async (url: string): Promise<Host> => {
  const port = await freePort()
  const deno = join(root, "node_modules/.bin/deno")
  const child = spawn(deno, denoWords(), {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: url,
      LIGHTCONE_TOKEN: token,
      DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  })
  let said = ""
  await new Promise<void>((resolve, reject) => {
    const hear = (text: Buffer) => {
      said += text
      if (said.includes("Listening on")) resolve()
    }
    child.stdout.on("data", hear)
    child.stderr.on("data", hear)
    child.once("exit", () => reject(new Error(`deno ended: ${said}`)))
  })
  const reached = over(`http://127.0.0.1:${port}`)
  return {
    // Deno does not say to the handler what it is bound to, so reading takes the token too.
    fetch: (path, init) => {
      const headers = new Headers(init?.headers)
      if ((init?.method ?? "GET") === "GET") headers.set("authorization", `Bearer ${token}`)
      return reached(path, { ...init, headers })
    },
    close: () =>
      new Promise((resolve) => {
        child.once("exit", resolve)
        process.kill(-child.pid!, "SIGTERM")
      }),
  }
}
