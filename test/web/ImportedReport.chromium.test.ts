/** Reports of logs from elsewhere, as a browser shows them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { filesOf } from "../interchange/import/Fixtures.ts"
import { startBrowser } from "../support/Browser.ts"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { inProcess } from "../support/InProcess.ts"
import { until } from "./ServedPage.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const harm = '"><img src=x onerror="window.harmed=1"></script><script>window.harmed=1</script>\u202e\u001b[2J'
const names = [harm, "payments-1", "payments-2", "orders", "stock", "mail", "search", "gateway", "billing"]
const at = (ms: number) => new Date(Date.UTC(2025, 0, 1) + ms).toISOString()

/** Nine machines in a ring, of which the last received what nobody sent; arrivals are told, clocks of receipts not. */
const ring = [
  ...names.flatMap((machine, i) => {
    const recipient = names[(i + 1) % names.length]!
    const message = `m${i}`
    return [
      {
        machine,
        kind: "sent",
        lamport: 2 * i + 1,
        recipients: [recipient],
        message,
        occurredAt: at(100 * i),
      },
      {
        ...{ machine: recipient, kind: "received", message, label: `${harm}\nsecond line` },
        ...{ occurredAt: at(100 * i + 90), arrivedAt: at(100 * i + 30) },
      },
    ]
  }),
  { machine: names[8], kind: "received", lamport: 99, message: "lost", occurredAt: at(2_000) },
]

let folder: string
let scratch: Scratch
let browser: Browser
let page: Page
const said: Array<string> = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lightcone-imported-report-"))
  scratch = await scratchDatabase()
  const printed = async (...words: ReadonlyArray<string>): Promise<string> => {
    const { code, stdout, stderr } = await inProcess([...words, "-q", "--database", scratch.url])
    expect(code, stderr).toBe(0)
    return stdout
  }
  const imported = async (files: ReadonlyArray<string>): Promise<string> =>
    JSON.parse(await printed("import", ...files, "--json")).run
  const log = join(folder, "ring.jsonl")
  writeFileSync(log, ring.map((event) => `${JSON.stringify(event)}\n`).join(""))
  const runs = [await imported([log]), await imported(filesOf("piped"))]
  const file = join(folder, "report.html")
  await printed("report", ...runs, "--out", file)
  browser = await startBrowser()
  page = await browser.newPage({ viewport: { width: 1_280, height: 900 } })
  page.on("console", (message) => said.push(message.text()))
  page.on("pageerror", (error) => said.push(error.message))
  await page.goto(pathToFileURL(file).href)
  for (const run of [0, 1]) {
    await page.locator(`section.run[data-run="${run}"] figure`).first().scrollIntoViewIfNeeded()
    await until(
      page,
      `(() => { try { return lightcone.arrows(${run}).length > 0 } catch { return false } })()`,
    )
  }
})
afterAll(async () => {
  await browser?.close()
  await scratch?.drop()
  rmSync(folder, { recursive: true, force: true })
})

const ofRun = (run: number, selector: string) => page.locator(`section.run[data-run="${run}"] ${selector}`)

/** What stands beside the pointer over an event. */
const tipOf = async (run: number, address: string): Promise<string> => {
  const svg = ofRun(run, 'svg[data-lightcone="space-time"]')
  await page.evaluate(`lightcone.zoomTo(0, 1e7, ${run})`)
  await svg.scrollIntoViewIfNeeded()
  const place: { x: number; y: number } = await page.evaluate(`lightcone.positionOf("${address}", ${run})`)
  const box = (await svg.boundingBox())!
  await page.mouse.move(box.x + place.x, box.y + place.y)
  await until(
    page,
    `document.querySelector('section.run[data-run="${run}"] .tip').textContent.includes("${address}")`,
  )
  const lines = await ofRun(run, ".tip").locator(":scope > *").allTextContents()
  return lines.join("\n")
}

describe("the report of an imported run", () => {
  it("is not harmed by names and labels, which it shows", async () => {
    expect(said).toEqual([])
    expect(await page.evaluate("window.harmed")).toBeUndefined()
    expect(await page.locator("img").count()).toBe(0)
    const shown = (await page.locator("section").allTextContents()).join()
    expect(shown).toContain("window.harmed=1")
    for (const obeyed of ["\u202e", "\u001b"]) expect(shown).not.toContain(obeyed)
  })

  it("calls machines by their names at the rows, whole and within the drawing", async () => {
    const svg = ofRun(0, 'svg[data-lightcone="space-time"]')
    const labels = svg.locator("text.machine")
    expect((await labels.allTextContents()).slice(1)).toEqual(names.slice(1).sort())
    const left = (await svg.boundingBox())!.x
    for (const label of await labels.all())
      expect((await label.boundingBox())!.x).toBeGreaterThanOrEqual(left)
  })

  it("has colours to tell more machines than seven apart where no rates are known", async () => {
    const strokes = await ofRun(0, 'figure[data-figure="clocks"] svg [stroke^="var(--rate-"]').evaluateAll(
      (paths) => paths.map((path) => path.getAttribute("stroke")),
    )
    expect(new Set(strokes).size).toBeGreaterThan(4)
    expect(await ofRun(0, ".key li").count()).toBeGreaterThan(1)
  })

  it("says beside an event who did what, and of what is not known that it is not", async () => {
    const unknown = await tipOf(0, "2/3")
    expect(unknown).toMatch(/^billing 2\/3 {2}received a message whose send is not known\nL 99, at 2\.0/)
    expect(unknown).toContain("its send is not in the log")
    expect(await tipOf(0, "3/2")).toContain("sent to billing")
    expect(await page.locator("body").innerHTML()).not.toContain("null/null")
  })

  it("has the figure of latency where arrivals are told, whatever else is not", async () => {
    expect(await ofRun(0, 'figure[data-figure="latency"] svg').count()).toBeGreaterThan(0)
    expect(await ofRun(1, 'figure[data-figure="latency"]').count()).toBe(0)
  })

  it("has no seconds on an axis that is the order of events", async () => {
    const ticks = (run: number) => ofRun(run, 'svg[data-lightcone="space-time"] text.tick').allTextContents()
    expect((await ticks(0)).at(-1)).toMatch(/^\d+(\.\d+)? s$/)
    const order = await ticks(1)
    expect(order.at(-1)).toBe("order of events; the log's times are whole seconds")
    expect(order.slice(0, -1).every((text) => /^\d+$/.test(text))).toBe(true)
    expect(await ofRun(0, ".figures svg text").allTextContents()).toContain("seconds")
    expect(await ofRun(1, ".figures svg text").allTextContents()).not.toContain("seconds")
    expect(await tipOf(1, "1/2")).toMatch(/at \d+\.000000 s/)
    const heads = await page.locator(".multiple p").allTextContents()
    expect(heads.filter((head) => head.endsWith("(by order)"))).toHaveLength(3)
  })

  it("has no columns that would be empty, and the length of time that the log tells", async () => {
    const table = (name: string, run?: number) =>
      (run === undefined
        ? page.locator(`[data-table="${name}"]`)
        : ofRun(run, `[data-table="${name}"]`)
      ).locator("tr")
    const head = async (name: string, run?: number) =>
      await table(name, run).first().locator("th").allInnerTexts()
    expect(await head("machines", 0)).toEqual([
      ...["machine", "name", "events", "internal", "sent", "received", "clock", "largest jump"],
    ])
    const columns = await head("runs")
    expect(columns).not.toContain("seed")
    const lengths = await table("runs")
      .locator(`td:nth-child(${columns.indexOf("length (s)") + 1})`)
      .allInnerTexts()
    expect(lengths).toEqual(["2", "7"])
  })
})
