/**
 * The served page with a run of 100,000 events in Chromium: from the address to the drawn run, and how long frames take
 * while one scrubs, moves and zooms the diagram, points at it and lights up cones; beside frames of the page at rest.
 * Run: tsx bench/page.ts [--quick]
 */
import { spawn } from "node:child_process"
import type { Page } from "playwright-core"
import { chromiumPath, startBrowser } from "../test/support/Browser.ts"
import { freePort } from "../test/support/Unprivileged.ts"
import { withProgram } from "./Command.ts"
import { alone, type Figure, leftOut, note, type Row, row, type Target } from "./Figure.ts"
import { withNative } from "./Native.ts"
import { ready } from "./Ready.ts"

const name = "page"
/** A frame that a screen of 60 a second shows once is one of 16.7 ms; of two, nobody sees the second. */
const target: Target = { value: 34, of: "measured", bound: "at most" }

interface Frames {
  readonly count: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly largestMs: number
}

const framesWhile = async (page: Page, act: () => Promise<unknown>): Promise<Frames> => {
  await page.evaluate(`
    globalThis.frameTimes = []
    const next = (time) => {
      frameTimes?.push(time)
      if (frameTimes !== undefined) requestAnimationFrame(next)
    }
    requestAnimationFrame(next)`)
  await act()
  const times = await page.evaluate<ReadonlyArray<number>>(
    "(() => { const times = frameTimes; frameTimes = undefined; return times })()",
  )
  // Frames that are told at the same time are one on the screen.
  const lengths = times
    .slice(1)
    .map((time, i) => time - times[i]!)
    .filter((ms) => ms > 1)
    .sort((a, b) => a - b)
  const quantile = (share: number) =>
    lengths[Math.min(lengths.length - 1, Math.floor(share * lengths.length))]!
  return { count: lengths.length, p50Ms: quantile(0.5), p95Ms: quantile(0.95), largestMs: quantile(1) }
}

const boxOf = async (page: Page, selector: string) => {
  const locator = page.locator(selector).first()
  await locator.scrollIntoViewIfNeeded()
  return (await locator.boundingBox())!
}

const steps = 120
const stepMs = 16

/** The pointer goes from one place to another, a step a frame. */
const glide = async (
  page: Page,
  from: readonly [number, number],
  to: readonly [number, number],
): Promise<void> => {
  for (let i = 0; i <= steps; i++) {
    const share = i / steps
    await page.mouse.move(from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1]))
    await page.waitForTimeout(stepMs)
  }
}

const drag = async (
  page: Page,
  from: readonly [number, number],
  to: readonly [number, number],
): Promise<void> => {
  await page.mouse.move(...from)
  await page.mouse.down()
  await glide(page, from, to)
  await page.mouse.up()
}

const press = async (page: Page, button: string, times: number, everyMs: number): Promise<void> => {
  for (let i = 0; i < times; i++) {
    await page.getByRole("button", { name: button, exact: true }).click()
    await page.waitForTimeout(everyMs)
  }
}

/** Whether it is a motion, whose every frame is to come in time, or a few answers by themselves. */
type Way = "motion" | "answers"

const acts: ReadonlyArray<readonly [what: string, way: Way, act: (page: Page) => Promise<void>]> = [
  [
    "scrubbing through the run by its slider",
    "motion",
    async (page) => {
      const { x, y, width, height } = await boxOf(page, "input[type=range]")
      await drag(page, [x + width - 10, y + height / 2], [x + 10, y + height / 2])
    },
  ],
  [
    "dragging the diagram",
    "motion",
    async (page) => {
      const { x, y, width } = await boxOf(page, ".stage > svg")
      await drag(page, [x + width - 60, y + 60], [x + 90, y + 60])
    },
  ],
  ["zooming in", "motion", (page) => press(page, "zoom in", 6, 250)],
  ["zooming out to the whole run", "motion", (page) => press(page, "zoom out", 16, 250)],
  [
    "pointing at events of the whole run",
    "motion",
    async (page) => {
      const { x, y, width, height } = await boxOf(page, ".stage > svg")
      await glide(page, [x + 90, y + 30], [x + width - 60, y + height - 60])
    },
  ],
  [
    "lighting up cones of the whole run",
    "answers",
    async (page) => {
      const { x, y, width } = await boxOf(page, ".stage > svg")
      for (let i = 1; i <= 8; i++) {
        await page.mouse.click(x + (width * i) / 9, y + 44)
        await page.waitForTimeout(400)
      }
    },
  ],
  [
    "scrubbing with a cone lit",
    "motion",
    async (page) => {
      await press(page, "zoom in", 9, 100)
      const { x, y, width, height } = await boxOf(page, "input[type=range]")
      await drag(page, [x + 10, y + height / 2], [x + width - 10, y + height / 2])
    },
  ],
]

const measureIn = async (page: Page, url: string): Promise<ReadonlyArray<Row>> => {
  const began = performance.now()
  await page.goto(url)
  await page.locator(".status.finished").waitFor()
  await page.locator(".plane path.marks").first().waitFor({ state: "attached" })
  const drawnMs = performance.now() - began
  await page.waitForTimeout(1_500)
  const rest = await framesWhile(page, () => page.waitForTimeout(2_000))
  const rows = [
    row(name, {
      what: "the page: a run of 100,000 events, from its address to the drawn run",
      unit: "s",
      measured: drawnMs / 1_000,
    }),
  ]
  for (const [what, way, act] of acts) {
    note(what)
    const frames = await framesWhile(page, () => act(page))
    rows.push(
      row(name, {
        what: `the page, 100,000 events: a frame while ${what}, p95`,
        unit: "ms",
        measured: frames.p95Ms,
        reference: { what: "the page at rest", value: rest.p95Ms },
        ...(way === "motion" ? { target } : {}),
        beside: { "median, ms": frames.p50Ms, "largest, ms": frames.largestMs, frames: frames.count },
      }),
    )
    await page.waitForTimeout(300)
  }
  return rows
}

export const figure: Figure = {
  name,
  measure: async ({ quick }) => {
    if (chromiumPath() === undefined)
      return [leftOut(name, "the page, 100,000 events: a frame, p95", "ms", target, "there is no Chromium")]
    return withProgram((command, program) =>
      withNative(async ({ server }) => {
        const database = ["--database", server.url]
        note("a run of 100,000 events")
        const words = ["run", "--virtual", "--machines", "5", "--seed", "3", "--json", "-q"]
        const { stdout } = await command([...words, "--duration", quick ? "660s" : "6666s", ...database])
        const { run } = JSON.parse(stdout)
        const port = await freePort()
        const served = spawn(process.execPath, [
          program,
          "serve",
          "--no-work",
          "--port",
          String(port),
          ...database,
        ])
        const browser = await startBrowser()
        try {
          await ready(served)
          const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } })
          return await measureIn(page, `http://127.0.0.1:${port}/#/runs/${run}`)
        } finally {
          await browser.close()
          served.kill("SIGKILL")
        }
      }),
    )
  },
}

await alone(import.meta.url, figure)
