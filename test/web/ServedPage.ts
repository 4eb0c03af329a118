/** `lightcone serve` on a database, and its page in a browser. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core"
import { expect } from "vitest"
import type { Running, Scratch } from "../support/Cli.ts"

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

export interface Opened {
  readonly page: Page
  /** What the page wrote to its console, threw, or asked of others than its server. */
  readonly said: ReadonlyArray<string>
}

export const open = async (
  browser: Browser,
  { url }: Served,
  hash: string,
  options: BrowserContextOptions = {},
): Promise<Opened> => {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 }, ...options })
  const said: Array<string> = []
  page.on("console", (message) => said.push(`console: ${message.text()}`))
  page.on("pageerror", (error) => said.push(`error: ${error.message}`))
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url()))
      said.push(`request: ${request.url()}`)
  })
  await page.goto(`${url}${hash}`)
  return { page, said }
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
