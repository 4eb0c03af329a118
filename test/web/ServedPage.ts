/** `lightcone serve` on a database, and its page in a browser. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core"
import { afterAll, beforeAll, expect, vi } from "vitest"
import type { Logged } from "../../src/domain/ClockEvent.ts"
import type { CausalGraph } from "../domain/CausalGraph.ts"
import { startBrowser } from "../support/Browser.ts"
import { type Running, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { freePort } from "../support/Unprivileged.ts"

export const token = "a-token-of-the-tests"

export interface Served {
  readonly url: string
  readonly stop: () => Promise<void>
}

export const serve = async (
  scratch: Scratch,
  port: number,
  ...more: ReadonlyArray<string>
): Promise<Served> => {
  const running: Running = scratch.start(["serve", "--port", String(port), ...more], {
    env: { LIGHTCONE_TOKEN: token },
    timeoutMs: 600_000,
  })
  await running.says(/Ctrl-C ends it/)
  const stop = async () => {
    running.signal("SIGINT")
    await running.finished
  }
  return { url: `http://127.0.0.1:${port}/`, stop }
}

/** What the tests of a file share: a database of its own, `serve` on it, and a browser. */
export interface Stage {
  readonly scratch: Scratch
  readonly served: Served
  readonly browser: Browser
}

/** To be called once in a file; `prepare` makes what the database is to hold. It is there once the tests run. */
export const stage = (prepare: (scratch: Scratch) => Promise<void>): Stage => {
  const there: { scratch?: Scratch; served?: Served; browser?: Browser } = {}
  beforeAll(async () => {
    there.scratch = await scratchDatabase()
    there.browser = await startBrowser()
    await prepare(there.scratch)
    there.served = await serve(there.scratch, await freePort())
  })
  afterAll(async () => {
    await there.browser?.close()
    await there.served?.stop()
    await there.scratch?.drop()
  })
  return there as Stage
}

/** A run's log, by the command line. */
export const logOf = async (scratch: Scratch, run: string): Promise<ReadonlyArray<Logged>> => {
  const { stdout } = await scratch.run(["events", run, "--json"])
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
}

export interface Opened {
  readonly page: Page
  /** What the page wrote to its console, threw, or asked of others than its server. */
  readonly said: ReadonlyArray<string>
}

export const open = async (
  browser: Browser,
  { url }: Pick<Served, "url">,
  hash: string,
  options: BrowserContextOptions = {},
): Promise<Opened> => {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...options })
  const page = await context.newPage()
  const said = listenTo(page, { url })
  await page.goto(`${url}${hash}`)
  return { page, said }
}

/** What a page that is yet to be opened says. */
export const listenTo = (page: Page, { url }: Pick<Served, "url">): ReadonlyArray<string> => {
  const said: Array<string> = []
  page.on("console", (message) => said.push(`console: ${message.text()}`))
  page.on("pageerror", (error) => said.push(`error: ${error.message}`))
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url()))
      said.push(`request: ${request.url()}`)
  })
  return said
}

/** Until the diagram of the run has marks. */
export const drawn = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => {
    const { lightcone } = globalThis as unknown as { lightcone?: { marks: () => ReadonlyArray<unknown> } }
    try {
      return lightcone !== undefined && lightcone.marks().length > 0
    } catch {
      return false
    }
  })

/** As it is to be read. */
export const textOf = async (locator: Locator): Promise<string> => (await locator.allInnerTexts()).join("\n")

/** Until something holds in the page, which is asked from outside, as its policy keeps it from evaluating a text. */
export const until = (page: Page, condition: string, timeout = 30_000): Promise<void> =>
  vi.waitFor(
    async () => {
      if ((await page.evaluate(condition)) !== true) throw new Error(`it never came to hold: ${condition}`)
    },
    { timeout },
  )

export const frames = (page: Page): Promise<unknown> =>
  page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

export type Light = "plain" | "past" | "future" | "dim"

export interface Marks {
  readonly kind: string
  readonly light: Light
  readonly events: ReadonlyArray<string>
}

export const marks = (page: Page): Promise<ReadonlyArray<Marks>> => page.evaluate("lightcone.marks()")
export const countEvents = (page: Page): Promise<number> => page.evaluate("lightcone.events().length")
export const windowOf = (page: Page): Promise<readonly [number, number]> =>
  page.evaluate("lightcone.window()")
export const hashOf = (page: Page): Promise<string> => page.evaluate("location.hash")

/** Until the address says which window is shown, and which event is chosen; it is told a moment after. */
export const addressed = (page: Page): Promise<unknown> =>
  until(
    page,
    `(() => {
      const said = new URLSearchParams(location.hash.split("?")[1])
      const [from, to] = lightcone.window()
      return said.has("event") && Math.abs(Number(said.get("for")) - (to - from)) < 1e-6
    })()`,
  )

/** How an event must be drawn when another is chosen, by a walk over the record. */
export const lightOf = (graph: CausalGraph, event: string, chosen: string): Light => {
  if (event === chosen) return "plain"
  if (graph.happenedBefore(event, chosen)) return "past"
  return graph.happenedBefore(chosen, event) ? "future" : "dim"
}

/** Tab, until what has the focus is what a selector says. */
export const tabTo = async (page: Page, selector: string): Promise<void> => {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab")
    if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
  }
  throw new Error(`Tab never comes to ${selector}`)
}

export const status = (page: Page): Promise<string> => textOf(page.locator(".status").first())

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: ReadonlyArray<{ readonly target: ReadonlyArray<string> }>
}

/** What an accessibility checker finds that is serious or worse. */
export const violations = async (page: Page): Promise<ReadonlyArray<string>> => {
  await page.evaluate(axe)
  const found = await page.evaluate<ReadonlyArray<Violation>>(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  )
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ target }) => target.join(" "))
          .slice(0, 5)
          .join(", ")}`,
    )
}

/** The page never has to be moved sideways. */
export const fits = async (page: Page): Promise<void> => {
  const [content, width] = await page.evaluate<[number, number]>(
    "[document.documentElement.scrollWidth, innerWidth]",
  )
  expect(content).toBeLessThanOrEqual(width)
}
