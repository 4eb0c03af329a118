/**
 * A newcomer's way through the served page with the keyboard alone, on real TCP and a native Postgres: a run is
 * started from the form, watched, looked back at, an event's cone is lit, and its address is opened in another tab.
 */
import type { Page } from "playwright-core"
import { expect, it, vi } from "vitest"
import { address } from "../../src/domain/ClockEvent.ts"
import { causalGraph } from "../domain/CausalGraph.ts"
import { manyProcessesMs } from "../support/Cli.ts"
import {
  addressed,
  countEvents,
  drawn,
  frames,
  hashOf,
  lightOf,
  listenTo,
  logOf,
  marks,
  open,
  stage,
  status,
  tabTo,
  textOf,
  token,
  until,
  windowOf,
} from "./ServedPage.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const at = stage(async (scratch) => {
  const migrated = await scratch.run(["migrate"])
  expect(migrated.code, migrated.stderr).toBe(0)
})

const seconds = 12

const enter = async (page: Page, field: string, text: string): Promise<void> => {
  await tabTo(page, field)
  await page.keyboard.press("Control+A")
  await page.keyboard.type(text)
}

it("leads from the form to a lit cone and on to another tab, by keys", async () => {
  const { page, said } = await open(at.browser, at.served, "")
  await page.getByText("No runs yet").waitFor()

  // A run is asked for, and foretold while it is typed.
  await tabTo(page, 'a[href="#/new"]')
  await page.keyboard.press("Enter")
  await page.locator("form").waitFor()
  await tabTo(page, "#mode")
  await page.keyboard.press("ArrowDown")
  expect(await page.locator("#mode").inputValue()).toBe("real")
  await enter(page, "#machines", "4")
  await enter(page, "#durationUs", String(seconds))
  await enter(page, "#rates", "1, 3, 6, 2")
  await until(page, "document.querySelectorAll('table.foretold tbody tr').length === 4")
  expect(await textOf(page.locator("table.foretold tbody tr").nth(2))).toMatch(/machine 3\s+6\s/)
  await enter(page, "#token", token)
  await page.keyboard.press("Enter")

  // It grows while it is watched.
  await drawn(page)
  const { run } = /#\/runs\/(?<run>\w+)/.exec(await hashOf(page))!.groups!
  await until(page, "document.querySelector('.status').textContent === 'live'")
  const early = await countEvents(page)
  await until(page, `lightcone.events().length > ${early + 15}`)

  // Paused it stands still though events come; the slider goes back.
  await tabTo(page, ".follow")
  await page.keyboard.press("Space")
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Follow")
  const [paused, atPause] = [await windowOf(page), await countEvents(page)]
  await until(page, `lightcone.events().length > ${atPause}`)
  expect(await windowOf(page)).toEqual(paused)
  await tabTo(page, "input[type=range]")
  const before = Number(await page.getByRole("slider").inputValue())
  for (let i = 0; i < 3; i++) await page.keyboard.press("ArrowLeft")
  expect(Number(await page.getByRole("slider").inputValue())).toBeLessThan(before)

  await until(page, "document.querySelector('.status').textContent === 'finished'", (seconds + 30) * 1_000)
  expect(await status(page)).toBe("finished")

  // An event is walked to and chosen; what is lit is happened-before, by a walk over the record.
  await tabTo(page, ".stage")
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowRight", "Enter"])
    await page.keyboard.press(key)
  await page.locator(".event-panel .cones").waitFor()
  await until(page, "location.hash.includes('event=')")
  const { chosen } = /event=(?<chosen>\d+\/\d+)/.exec(await hashOf(page))!.groups!
  const log = await logOf(at.scratch, run!)
  const graph = causalGraph(log)
  await page.getByRole("button", { name: "show the whole run" }).focus()
  await page.keyboard.press("Enter")
  await frames(page)
  const lit = await marks(page)
  expect(new Set(lit.flatMap(({ events }) => events))).toEqual(
    new Set(log.filter(({ machine }) => machine > 0).map(address)),
  )
  const isOfTheGraph = new Set(graph.events.map(address))
  for (const { light, events } of lit)
    for (const event of events.filter((one) => isOfTheGraph.has(one)))
      expect(`${event} ${light}`).toBe(`${event} ${lightOf(graph, event, chosen!)}`)

  // Its address says it all.
  await addressed(page)
  const tab = await page.context().newPage()
  const saidThere = listenTo(tab, at.served)
  await tab.goto(page.url())
  await drawn(tab)
  await until(tab, "document.querySelector('.event-panel .cones') !== null")
  expect(await textOf(tab.locator(".event-panel"))).toBe(await textOf(page.locator(".event-panel")))
  expect(await windowOf(tab)).toEqual(await windowOf(page))
  expect(await marks(tab)).toEqual(lit)

  expect([...said, ...saidThere]).toEqual([])
})
