/** Reports as a browser shows them, opened from the disk. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import * as BigRun from "../../bench/BigRun.ts"
import { address, type LabEvent, type Logged } from "../../src/domain/ClockEvent.ts"
import { type OpenStore, openNative } from "../contract/Stores.ts"
import { causalGraph } from "../domain/CausalGraph.ts"
import { simulate, startUs } from "../domain/Simulator.ts"
import { startBrowser } from "../support/Browser.ts"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { type Arrow, dotsByMachine, drawingOf, linesOf, type Point } from "./Drawing.ts"
import { until } from "./ServedPage.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const hostile = '</script><script>window.harmed=1</script><img src=x onerror="window.harmed=1">\u202e\u0007'

const seconds = (s: number) => s * 1_000_000

/** Drops, a crash, a stop and a resume, and a label that means harm. */
const troubled = simulate({
  config: {
    machines: 4,
    rates: [2, 9, 8, 7],
    sides: 4,
    seed: 4,
    capacity: 4,
    overflow: "drop-oldest",
    durationUs: seconds(12),
  },
  interruptions: [
    { machine: 2, atUs: seconds(4), downUs: seconds(1), crash: true },
    { machine: 1, atUs: seconds(6), downUs: seconds(1), crash: false },
  ],
  cutAtUs: seconds(11),
}).map((event, i) =>
  event.kind === "internal" && i % 3 === 0 ? { ...event, payload: { label: hostile } } : event,
)

const five = [1, 2, 3, 4, 5].map((seed) => simulate({ config: { seed, durationUs: seconds(20) } }))

const broadcast = simulate({
  config: { machines: 5, pattern: "broadcast", sides: 6, seed: 9, durationUs: seconds(20) },
})

const big: ReadonlyArray<Logged> = Array.from(
  BigRun.eventsOf(BigRun.configOf({ events: 100_000, machines: 64 })),
  (event, i) => ({ ...event, position: i + 1 }) as Logged,
)

const names = {
  troubled: "troubledrunx",
  big: "bigbigbigbig",
  broadcast: "broadcastrun",
  five: five.map((_, i) => `fiveruns000${i}`),
}

let folder: string
let scratch: Scratch
let store: OpenStore
let browser: Browser

const append = async (run: string, log: ReadonlyArray<Logged>): Promise<void> => {
  const ownership = await Effect.runPromise(store.log.create(run, "writer"))
  const events = log.map(({ position: _, ...event }) => event as LabEvent)
  for (let at = 0; at < events.length; at += 4_096)
    await Effect.runPromise(store.log.append(ownership, at, `batch ${at}`, events.slice(at, at + 4_096)))
  await Effect.runPromise(store.log.release(ownership))
}

const report = async (name: string, ...runs: ReadonlyArray<string>): Promise<void> => {
  const written = await scratch.run(["report", ...runs, "--out", join(folder, name), "-q"])
  expect(written.code, written.stderr).toBe(0)
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lightcone-report-"))
  scratch = await scratchDatabase()
  store = await openNative(scratch.url)
  browser = await startBrowser()
  await append(names.troubled, troubled)
  await append(names.big, big)
  await append(names.broadcast, broadcast)
  for (const [i, log] of five.entries()) await append(names.five[i]!, log)
  await report("troubled.html", names.troubled)
  await report("five.html", ...names.five)
  await report("big.html", names.big)
  await report("broadcast.html", names.broadcast)
})
afterAll(async () => {
  await browser?.close()
  await store?.close()
  await scratch?.drop()
  rmSync(folder, { recursive: true, force: true })
})

/** What a page says on its console, throws, and asks the network for. */
const open = async (name: string, options: Parameters<Browser["newPage"]>[0] = {}) => {
  const page = await browser.newPage({
    viewport: { width: 1_280, height: 900 },
    acceptDownloads: true,
    ...options,
  })
  const said: Array<string> = []
  page.on("console", (message) => said.push(`console: ${message.text()}`))
  page.on("pageerror", (error) => said.push(`error: ${error.message}`))
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) said.push(`request: ${request.url()}`)
  })
  await page.goto(pathToFileURL(join(folder, name)).href)
  await until(page, "window.lightcone !== undefined && lightcone.arrows().length > 0")
  return { page, said }
}

const frames = (page: Page): Promise<unknown> =>
  page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

const whole = async (page: Page, run = 0): Promise<void> => {
  await page.evaluate(`lightcone.zoomTo(0, 1e7, ${run}); lightcone.positionOf("1/2", ${run})`)
  await frames(page)
}

interface Sent {
  readonly sender: number
  readonly sendVersion: number
  readonly recipient: number
}

const keyOf = ({ sender, sendVersion, recipient }: Sent): string => `${sender}/${sendVersion} to ${recipient}`

/** What became of every message, from the log alone. */
const messagesOf = (log: ReadonlyArray<Logged>) => {
  const fates = new Map<string, { readonly fate: "received" | "dropped" | "open"; readonly by: string }>()
  for (const event of log) {
    if (event.kind === "sent")
      for (const recipient of event.payload.recipients)
        fates.set(keyOf({ sender: event.machine, sendVersion: event.version, recipient }), {
          fate: "open",
          by: address(event),
        })
    if (event.kind === "received" || event.kind === "dropped")
      fates.set(keyOf({ ...event.payload, recipient: event.machine }), {
        fate: event.kind,
        by: address(event),
      })
  }
  return fates
}

const byPlace = (a: Arrow, b: Arrow): number =>
  a.from.y - b.from.y || a.to.y - b.to.y || a.from.x - b.from.x || a.to.x - b.to.x

/** The arrows that there must be: from the dot of each send to the dot of its receipt. */
const expectArrows = async (page: Page, log: ReadonlyArray<Logged>, run = 0): Promise<void> => {
  const drawing = await drawingOf(page, run)
  const lines = linesOf(drawing)
  const dotOf = new Map<string, { readonly x: number; readonly y: number }>()
  for (const kind of ["internal", "sent", "received"]) {
    const dots = dotsByMachine(drawing, kind, lines)
    for (const [i, line] of dots.entries()) {
      const events = log.filter((event) => event.machine === i + 1 && event.kind === kind)
      expect(line.length, `${kind} of machine ${i + 1}`).toBe(events.length)
      for (const [k, event] of events.entries()) dotOf.set(address(event), line[k]!)
    }
  }
  const messages = [...messagesOf(log)]
  const received = messages.filter(([, { fate }]) => fate === "received")
  const expected = received
    .map(([key, { by }]): Arrow => ({ from: dotOf.get(key.split(" ")[0]!)!, to: dotOf.get(by)! }))
    .sort(byPlace)
  const drawn = [...(drawing.arrows.get("received") ?? [])].sort(byPlace)
  expect(drawn.length).toBe(expected.length)
  let farthest = 0
  for (const [i, { from, to }] of expected.entries()) {
    const arrow = drawn[i]!
    for (const [a, b] of [
      [from, arrow.from],
      [to, arrow.to],
    ] as const)
      farthest = Math.max(farthest, Math.hypot(a.x - b.x, a.y - b.y))
  }
  expect(farthest).toBeLessThanOrEqual(1)
  const count = (...states: ReadonlyArray<string>) =>
    states.reduce((sum, state) => sum + (drawing.arrows.get(state)?.length ?? 0), 0)
  expect(count("dropped")).toBe(messages.filter(([, { fate }]) => fate === "dropped").length)
  expect(count("in-inbox", "in-flight")).toBe(messages.filter(([, { fate }]) => fate === "open").length)
}

describe("a report", () => {
  it("of a run with drops, a crash and a resume has every message's arrow from dot to dot", async () => {
    const { page, said } = await open("troubled.html")
    await whole(page)
    await expectArrows(page, troubled)
    expect(messagesOf(troubled).size).toBeGreaterThan(80)
    expect(
      [...messagesOf(troubled).values()].filter(({ fate }) => fate === "dropped").length,
    ).toBeGreaterThan(5)
    expect(said).toEqual([])
    await page.close()
  })

  it("of a broadcast of five machines has an arrow to each recipient of a send", async () => {
    const { page, said } = await open("broadcast.html")
    await whole(page)
    await expectArrows(page, broadcast)
    const groups = broadcast.filter((event) => event.kind === "sent" && event.payload.recipients.length === 4)
    expect(groups.length).toBeGreaterThan(10)
    expect(said).toEqual([])
    await page.close()
  })

  it("of five runs has a diagram each, and says nothing", async () => {
    const { page, said } = await open("five.html")
    for (const [i, log] of five.entries()) {
      await page
        .locator('svg[data-lightcone="space-time"]')
        .nth(i)
        .scrollIntoViewIfNeeded()
        .catch(() => {})
      await until(
        page,
        `(() => { try { return lightcone.arrows(${i}).length > 0 } catch { return false } })()`,
      )
      await whole(page, i)
      await expectArrows(page, log, i)
    }
    expect(said).toEqual([])
    await page.close()
  })

  it("of 64 machines and 100,000 events has all arrows too, and draws them in good time", async () => {
    const { page, said } = await open("big.html")
    const begun = Date.now()
    await whole(page)
    expect(Date.now() - begun).toBeLessThan(10_000)
    await expectArrows(page, big)
    expect(said).toEqual([])
    await page.close()
  })

  it("lights the past and the future of an event that is clicked, as a walk of the graph has them", async () => {
    const { page } = await open("troubled.html")
    await whole(page)
    const { events, happenedBefore } = causalGraph(troubled)
    const svg = page.locator('svg[data-lightcone="space-time"]').first()
    for (const at of [0.3, 0.55, 0.8]) {
      const event = events[Math.floor(events.length * at)]!
      const place: { x: number; y: number } = await page.evaluate(`lightcone.positionOf("${address(event)}")`)
      await svg.scrollIntoViewIfNeeded()
      const box = (await svg.boundingBox())!
      await page.mouse.click(box.x + place.x, box.y + place.y)
      await frames(page)
      const drawing = await drawingOf(page)
      const lines = linesOf(drawing)
      const lit = new Map<string, string>()
      for (const kind of ["internal", "sent", "received"])
        for (const [i, line] of dotsByMachine(drawing, kind, lines).entries()) {
          const own = events.filter((one) => one.machine === i + 1 && one.kind === kind)
          for (const [k, one] of own.entries()) lit.set(address(one), line[k]!.light)
        }
      const expected = new Map(
        events.map((one) => {
          if (one === event) return [address(one), "plain"]
          const before = happenedBefore(address(one), address(event))
          const after = happenedBefore(address(event), address(one))
          return [address(one), before ? "past" : after ? "future" : "dim"]
        }),
      )
      expect(lit).toEqual(expected)
    }
    await page.close()
  })

  it("keeps every line of its charts within the chart, foretold slopes of a small inbox too", async () => {
    const { page } = await open("troubled.html")
    const outside = `[...document.querySelectorAll(".figures figure svg")].flatMap((svg) => {
      const frame = svg.getBoundingClientRect()
      return [...svg.querySelectorAll("path, rect, line, circle")].filter((mark) => {
        const box = mark.getBoundingClientRect()
        return box.top < frame.top - 2 || box.bottom > frame.bottom + 2 || box.left < frame.left - 2 || box.right > frame.right + 2
      }).map((mark) => mark.outerHTML)
    })`
    expect(
      await page.evaluate('document.querySelectorAll(".figures figure svg path").length'),
    ).toBeGreaterThan(10)
    expect(await page.evaluate(outside)).toEqual([])
    await page.close()
  })

  it("is walked with the keyboard", async () => {
    const { page } = await open("troubled.html")
    await page.getByRole("application").first().focus()
    for (const key of ["ArrowRight", "ArrowRight", "Enter"]) await page.keyboard.press(key)
    await frames(page)
    const lights = async () => new Set((await drawingOf(page)).dots.map(({ light }) => light))
    expect([...(await lights())]).toContain("future")
    await page.keyboard.press("Escape")
    await frames(page)
    expect([...(await lights())]).toEqual(["plain"])
    await page.close()
  })

  it("saves figures as SVG and PNG and tables as CSV", async () => {
    const { page, said } = await open("troubled.html")
    const saved = async (label: string): Promise<Buffer> => {
      const download = page.waitForEvent("download")
      await page.getByRole("button", { name: label }).first().click()
      return readFileSync(await (await download).path())
    }
    const svg = (await saved("save Space-time as SVG")).toString("utf8")
    expect(svg).toMatch(/^(<\?xml[^>]*>\s*)?<svg[^>]* xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(svg).toContain(">message received</text>")
    const alone = await browser.newPage()
    const errors = `new DOMParser().parseFromString(${JSON.stringify(svg)}, "image/svg+xml").querySelectorAll("parsererror").length`
    expect(await alone.evaluate(errors)).toBe(0)
    await alone.close()
    expect((await saved("save Clocks as PNG")).subarray(0, 8).toString("latin1")).toBe(
      "\u0089PNG\r\n\u001a\n",
    )
    const csv = (await saved("save Space-time as CSV")).toString("utf8").trim().split("\n")
    expect(csv.length - 1).toBe(messagesOf(troubled).size)
    expect(csv[0]).toMatch(/send/)
    expect(said).toEqual([])
    await page.close()
  })

  it("is not harmed by a label, and says nothing in the dark, on a phone or on paper", async () => {
    for (const options of [{ colorScheme: "dark" as const }, { viewport: { width: 390, height: 800 } }]) {
      const { page, said } = await open("troubled.html", options)
      const labelled = troubled.find((event) => event.kind === "internal" && event.payload.label === hostile)!
      await page.evaluate(
        `lightcone.zoomTo(${(labelled.occurredAtUs - startUs) / 1e6 - 1}, ${(labelled.occurredAtUs - startUs) / 1e6 + 1})`,
      )
      const svg = page.locator('svg[data-lightcone="space-time"]').first()
      await svg.scrollIntoViewIfNeeded()
      const place: Point = await page.evaluate(`lightcone.positionOf("${address(labelled)}")`)
      const box = (await svg.boundingBox())!
      await page.mouse.move(box.x + place.x, box.y + place.y)
      await frames(page)
      const tip = page.locator(".tip").first()
      expect(await tip.textContent()).toContain("<img src=x onerror=")
      expect(await tip.evaluate("(tip) => [...tip.querySelectorAll('*')].map((one) => one.tagName)")).toEqual(
        expect.not.arrayContaining(["IMG", "SCRIPT"]),
      )
      expect(await page.evaluate("window.harmed")).toBeUndefined()
      expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true)
      await page.emulateMedia({ media: "print" })
      await frames(page)
      expect(said).toEqual([])
      await page.close()
    }
  })
})
