/** A clock picked in a report: which arrows of its order are drawn as real, as a browser shows them. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it, vi } from "vitest"
import { registry } from "../../src/domain/clocks/Registered.ts"
import { startBrowser } from "../support/Browser.ts"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { until } from "./ServedPage.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

let folder: string
let store: Scratch
let browser: Browser
let page: Page

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lightcone-order-"))
  store = await scratchDatabase()
  browser = await startBrowser()
  const ran = await store.run([
    "run",
    "--virtual",
    "--rates",
    "1,3,6",
    "--seed",
    "7",
    "--duration",
    "20s",
    "-q",
  ])
  expect(ran.code, ran.stderr).toBe(0)
  const file = join(folder, "report.html")
  expect((await store.run(["report", "latest", "--out", file, "-q"])).code).toBe(0)
  page = await browser.newPage({ viewport: { width: 1200, height: 900 } })
  await page.goto(pathToFileURL(file).href)
  await until(page, "document.documentElement.dataset.ready === 'true'")
  await page.evaluate("lightcone.zoomTo(0, 20)")
})
afterAll(async () => {
  await browser.close()
  await store.drop()
  rmSync(folder, { recursive: true, force: true })
})

const frames = () =>
  page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

/** Arrows that are drawn as such. */
const drawn = async (which: "real" | "false"): Promise<number> =>
  ((await page.locator(`[data-lightcone="order ${which}"]`).getAttribute("d")) ?? "").split("M").length - 1

const words = () => page.locator('[data-lightcone="clock order"]').textContent()

const choose = async (clock: string, event: string): Promise<void> => {
  await page.selectOption('select[data-lightcone="clock"]', clock)
  await page.evaluate(`lightcone.select("${event}")`)
  await frames()
}

it("offers the clocks of the registry, and what happened before", async () => {
  expect(await page.locator('select[data-lightcone="clock"] option').allTextContents()).toEqual([
    "happened before",
    ...registry.map(({ title }) => title),
  ])
  const table = page.locator('[data-table="clocks"] tbody tr')
  expect(await table.locator("td:first-child").allTextContents()).toEqual(registry.map(({ name }) => name))
})

it("asks for an event, then says how much of the order about it is real, and dashes the rest", async () => {
  await page.selectOption('select[data-lightcone="clock"]', "lamport")
  expect(await words()).toBe("Choose an event to see which arrows of this order are real.")
  await choose("lamport", "1/12")
  const told = /^Lamport orders (\d+) of the (\d+) events that are concurrent with 1\/12, /.exec(
    (await words())!,
  )!
  const [ordered, concurrent] = told.slice(1).map(Number) as [number, number]
  expect(concurrent).toBe(
    ((await page.evaluate('lightcone.cone("1/12")')) as { concurrent: number }).concurrent,
  )
  expect(ordered).toBeGreaterThan(0)
  expect(await drawn("false")).toBeGreaterThan(1)
  expect(await drawn("real")).toBeGreaterThan(1)
})

it("of a vector clock dashes nothing", async () => {
  await choose("vector", "1/12")
  expect(await words()).toContain("every arrow is real")
  expect(await drawn("false")).toBe(0)
  expect(await drawn("real")).toBeGreaterThan(0)
})

it("draws no order where none is picked, or no event is chosen", async () => {
  await choose("", "1/12")
  expect([await drawn("real"), await drawn("false"), await words()]).toEqual([0, 0, ""])
  await choose("lamport", "1/12")
  await page.evaluate("lightcone.select(null)")
  await frames()
  expect([await drawn("real"), await drawn("false")]).toEqual([0, 0])
})
