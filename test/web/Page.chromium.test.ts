/** The served page in a real browser, against a real server on a native Postgres. */
import type { Page } from "playwright-core"
import { describe, expect, it, vi } from "vitest"
import { address, type Logged } from "../../src/domain/ClockEvent.ts"
import { registry } from "../../src/domain/clocks/Registered.ts"
import { causalGraph } from "../domain/CausalGraph.ts"
import { manyProcessesMs, type Scratch, scratchDatabase } from "../support/Cli.ts"
import { freePort } from "../support/Unprivileged.ts"
import {
  countEvents,
  drawn,
  fits,
  frames,
  hashOf,
  lightOf,
  logOf,
  marks,
  open,
  serve,
  stage,
  status,
  tabTo,
  textOf,
  token,
  violations,
  windowOf,
} from "./ServedPage.ts"

vi.setConfig({ testTimeout: manyProcessesMs, hookTimeout: manyProcessesMs })

const madeVirtual = async (scratch: Scratch, ...args: ReadonlyArray<string>): Promise<string> => {
  const made = await scratch.run(["run", "--virtual", "--json", ...args])
  expect(made.code, made.stderr).toBe(0)
  return JSON.parse(made.stdout).run
}

let run: string
let other: string

const at = stage(async (scratch) => {
  const virtual = (...args: ReadonlyArray<string>) =>
    madeVirtual(scratch, "--machines", "3", "--duration", "40s", "--seed", "7", ...args)
  run = await virtual()
  other = await virtual("--sides", "9")
})

/** Where an event is on the screen. */
const placeOf = async (page: Page, event: string): Promise<readonly [number, number]> => {
  await page.locator(".stage > svg").scrollIntoViewIfNeeded()
  const { x, y } = await page.evaluate<{ x: number; y: number }>(`lightcone.positionOf("${event}")`)
  const box = (await page.locator(".stage > svg").boundingBox())!
  return [box.x + x, box.y + y]
}

describe("the list of runs", () => {
  it("has every run with what it is, the newest first, and leads to it", async () => {
    const { page, said } = await open(at.browser, at.served, "")
    await page.locator("table.runs tbody tr").nth(1).waitFor()
    const rows = await page.locator("table.runs tbody tr").allInnerTexts()
    expect(rows[0]).toContain(other)
    expect(rows[1]).toMatch(new RegExp(`${run}.*finished.*virtual.*7.*3`, "s"))
    await page.getByRole("link", { name: run }).click()
    await drawn(page)
    expect(await page.title()).toContain(run)
    expect(said).toEqual([])
    await page.close()
  })

  it("says what to do where there is none", async () => {
    const empty = await scratchDatabase()
    const migrated = await empty.run(["migrate"])
    expect(migrated.code, migrated.stderr).toBe(0)
    const nothing = await serve(empty, await freePort())
    const { page, said } = await open(at.browser, nothing, "")
    await page.getByText("No runs yet").waitFor()
    expect(await textOf(page.locator("main"))).toContain("lightcone run --machines 3")
    expect(said).toEqual([])
    await page.close()
    await nothing.stop()
    await empty.drop()
  })
})

describe("a run that is being written", () => {
  it("grows while it is watched, stands still while it is paused, and its end is told", async () => {
    const running = at.scratch.start(["run", "--machines", "3", "--duration", "9s", "--seed", "3", "--json"])
    const { page, said } = await open(at.browser, at.served, "")
    const link = page.locator("tr", { has: page.locator(".status.running") }).locator("a")
    await link.waitFor()
    const followed = (await textOf(link)).trim()
    await link.click()
    await drawn(page)
    expect(await status(page)).toBe("live")
    const early = await countEvents(page)
    await page.waitForFunction(
      (count) =>
        (globalThis as unknown as { lightcone: { events: () => { length: number } } }).lightcone.events()
          .length >
        count + 10,
      early,
    )
    await page.getByRole("button", { name: "Pause" }).click()
    const paused = await windowOf(page)
    const count = await countEvents(page)
    await page.waitForFunction(
      (before) =>
        (globalThis as unknown as { lightcone: { events: () => { length: number } } }).lightcone.events()
          .length > before,
      count,
    )
    expect(await windowOf(page)).toEqual(paused)
    await page.getByRole("button", { name: "Follow" }).click()
    await page.locator(".status.finished").waitFor()
    const log = await logOf(at.scratch, followed)
    await expect.poll(() => countEvents(page)).toBe(log.filter(({ machine }) => machine > 0).length)
    const last = (Date.parse(timeOf(log[log.length - 1])) - Date.parse(timeOf(log[0]))) / 1_000
    await expect.poll(async () => (await windowOf(page))[1]).toBeCloseTo(last, 1)
    expect((await running.finished).code).toBe(0)
    expect(said).toEqual([])
    await page.close()
  })

  it("is taken up where it was when the server has been away", async () => {
    const running = at.scratch.start(["run", "--machines", "3", "--duration", "14s", "--seed", "4", "--json"])
    const ownPort = await freePort()
    const first = await serve(at.scratch, ownPort, "--no-work")
    const { page } = await open(at.browser, first, "")
    await page
      .locator("tr", { has: page.locator(".status.running") })
      .locator("a")
      .click()
    await drawn(page)
    await first.stop()
    await page.locator(".status.lost").waitFor()
    const second = await serve(at.scratch, ownPort, "--no-work")
    await page.locator(".status.finished").waitFor()
    const made = JSON.parse((await running.finished).stdout)
    const log = (await logOf(at.scratch, made.run)).filter(({ machine }) => machine > 0)
    await expect.poll(() => countEvents(page)).toBe(log.length)
    const events = await page.evaluate<ReadonlyArray<{ address: string }>>("lightcone.events()")
    expect(events.map((event) => event.address)).toEqual(log.map((event) => address(event)))
    await page.close()
    await second.stop()
  })
})

const timeOf = (event: unknown): string => (event as { occurredAt: string }).occurredAt

describe("the moment", () => {
  it("is moved by the slider's keys, and the machines are told as they were then", async () => {
    const { page, said } = await open(at.browser, at.served, `#/runs/${run}`)
    await drawn(page)
    const slider = page.getByRole("slider")
    await slider.focus()
    await page.keyboard.press("PageDown")
    await page.keyboard.press("ArrowLeft")
    await frames(page)
    const [, to] = await windowOf(page)
    expect(to).toBeLessThan(35)
    const log = await logOf(at.scratch, run)
    const startMs = Date.parse(timeOf(log[0]))
    const upTo = log.filter((event) => (Date.parse(timeOf(event)) - startMs) / 1_000 <= to)
    for (const machine of [1, 2, 3]) {
      const last = upTo.filter((event) => event.machine === machine).at(-1)!
      const row = page.locator("table.states tbody tr").nth(machine - 1)
      expect(await textOf(row)).toContain(`${address(last)} ${last.kind}`)
    }
    await expect.poll(() => hashOf(page)).toMatch(/at=\d/)
    expect(said).toEqual([])
    await page.close()
  })
})

describe("an event", () => {
  it("that is clicked lights up its cone, which is happened-before", async () => {
    const { page, said } = await open(at.browser, at.served, `#/runs/${run}?at=20&for=12`)
    await drawn(page)
    const graph = causalGraph(await logOf(at.scratch, run))
    const shown = (await marks(page))
      .filter(({ kind }) => kind === "received")
      .flatMap(({ events }) => events)
    const chosen = shown[Math.floor(shown.length / 2)]!
    await page.mouse.click(...(await placeOf(page, chosen)))
    await frames(page)
    const lit = await marks(page)
    expect(lit.flatMap(({ events }) => events).length).toBeGreaterThan(50)
    for (const { light, events } of lit)
      for (const event of events) {
        expect(`${event} ${light}`).toBe(`${event} ${lightOf(graph, event, chosen)}`)
      }
    const before = graph.events.filter((event) => graph.happenedBefore(address(event), chosen)).length
    const after = graph.events.filter((event) => graph.happenedBefore(chosen, address(event))).length
    const panel = await textOf(page.locator(".event-panel"))
    expect(panel).toContain(`${before} before`)
    expect(panel).toContain(`${after} after`)
    expect(panel).toContain(`${graph.events.length - before - after - 1} concurrent`)
    expect(said).toEqual([])
    await page.close()
  })

  it("has its jump explained, as the record has it, and the chain behind it", async () => {
    const log = await logOf(at.scratch, run)
    const jump = log.find((event, i) => {
      if (event.kind !== "received") return false
      const previous = log.slice(0, i).findLast(({ machine }) => machine === event.machine)
      return event.lamport - ((previous as { lamport?: number })?.lamport ?? 0) > 2
    })!
    if (jump.kind !== "received") throw new Error("there must be a jump")
    const previous = log.findLast(
      ({ machine, version }) => machine === jump.machine && version < jump.version,
    )
    const from = (previous as { lamport?: number } | undefined)?.lamport ?? 0
    const { page, said } = await open(at.browser, at.served, `#/runs/${run}?event=${address(jump)}`)
    await drawn(page)
    const panel = page.locator(".event-panel")
    const { sender, sendVersion } = jump.payload
    expect(await textOf(panel.locator(".jump"))).toMatch(
      new RegExp(
        `machine ${jump.machine} jumped from ${from} to ${jump.lamport} because of message ${sender}/${sendVersion}\\.`,
        "i",
      ),
    )
    await panel.locator("summary").click()
    await panel.locator(".chain li").first().waitFor()
    expect(await textOf(panel.locator(".chain"))).toContain(`${sender}/${sendVersion}`)
    expect(said).toEqual([])
    await page.close()
  })

  it("shows about a chosen event which arrows of a clock's order are real, and all clocks compared", async () => {
    const { page, said } = await open(at.browser, at.served, `#/runs/${run}?at=20&for=12`)
    await drawn(page)
    const event = (await marks(page)).find(({ kind }) => kind === "received")!.events[0]!
    await page.mouse.click(...(await placeOf(page, event)))
    const falsely = page.locator('[data-lightcone="order false"]')
    for (const { name, title } of registry) {
      await page.selectOption('select[data-lightcone="clock"]', name)
      await frames(page)
      expect(await textOf(page.locator('[data-lightcone="clock order"]'))).toContain(title)
      if (name === "vector") expect(await falsely.getAttribute("d")).toBe("")
      if (name === "lamport") expect(await falsely.getAttribute("d")).not.toBe("")
    }
    await page.locator(".clock-table summary").click()
    await page.locator(".clock-table tbody tr").first().waitFor()
    expect(await page.locator(".clock-table tbody th").allTextContents()).toEqual(
      registry.map(({ title }) => title),
    )
    expect(said).toEqual([])
    await page.close()
  })

  it("is in the address, which shows the same in another tab", async () => {
    const { page } = await open(at.browser, at.served, `#/runs/${run}?at=20&for=12`)
    await drawn(page)
    const [first] = (await marks(page)).find(({ kind }) => kind === "sent")!.events
    await page.mouse.click(...(await placeOf(page, first!)))
    await page.waitForFunction(() =>
      (globalThis as unknown as { location: { hash: string } }).location.hash.includes("event="),
    )
    const hash = await hashOf(page)
    const again = await open(at.browser, at.served, hash)
    await drawn(again.page)
    expect(await textOf(again.page.locator(".event-panel"))).toBe(await textOf(page.locator(".event-panel")))
    expect(await windowOf(again.page)).toEqual(await windowOf(page))
    expect(await marks(again.page)).toEqual(await marks(page))
    expect(again.said).toEqual([])
    await page.close()
    await again.page.close()
  })
})

describe("the keyboard", () => {
  it("suffices from the list to a lit cone, and what has the focus is seen", async () => {
    const { page, said } = await open(at.browser, at.served, "")
    await page.locator("table.runs tbody tr").first().waitFor()
    await tabTo(page, `a[href="#/runs/${run}"]`)
    const outline = await page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle")
    expect(outline).not.toBe("none")
    await page.keyboard.press("Enter")
    await drawn(page)
    await tabTo(page, ".stage")
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "Enter"]) await page.keyboard.press(key)
    await page.locator(".event-panel .cones").waitFor()
    await expect.poll(() => hashOf(page)).toMatch(/event=\d+\/\d+/)
    await page.keyboard.press("Escape")
    await page.getByText("No event chosen").waitFor()
    expect(said).toEqual([])
    await page.close()
  })
})

describe("two runs", () => {
  it("are compared up to the first event that differs", async () => {
    const { page, said } = await open(at.browser, at.served, "")
    await page.getByLabel(`compare ${run}`).check()
    await page.getByLabel(`compare ${other}`).check()
    await page.getByRole("link", { name: "Compare two runs" }).click()
    const verdict = page.locator(".verdict")
    await verdict.waitFor()
    const [a, b] = [await logOf(at.scratch, run), await logOf(at.scratch, other)].map((log) =>
      log.filter(({ machine }) => machine > 0),
    )
    const startOf = async (name: string) => Date.parse(timeOf((await logOf(at.scratch, name))[0]))
    const [startA, startB] = [await startOf(run), await startOf(other)]
    const content = (event: Logged | undefined, startMs: number) =>
      JSON.stringify(event, (key, value) =>
        ["run", "position"].includes(key)
          ? undefined
          : /At$/.test(key)
            ? `${Date.parse(value) - startMs}.${String(value).slice(-4)}`
            : value,
      )
    const same = a!.findIndex((event, i) => content(event, startA) !== content(b![i], startB))
    expect(same).toBeGreaterThan(3)
    expect(await textOf(verdict)).toContain(`The first ${same} events are the same`)
    expect(await textOf(verdict)).toContain(address(a![same]!))
    expect(await textOf(page.locator("table.sides"))).toMatch(/sides\s+10\s+9/)
    expect(said).toEqual([])
    await page.close()
  })

  it("of which one is the other's fork part in causal order, and what changed after it is marked", async () => {
    const made = await at.scratch.run(["fork", run, "--at", "200", "--set", "sides=3", "--json"])
    const fork = JSON.parse(made.stdout).run
    const { page, said } = await open(at.browser, at.served, `#/runs/${fork}`)
    await page.getByText(`Goes on from position 200 of ${run}, with sides=3.`).waitFor()
    await page.getByRole("link", { name: "Compare them" }).click()
    await page.locator(".verdict").waitFor()
    const { first } = JSON.parse((await at.scratch.run(["diff", run, fork, "--json"])).stdout)
    expect(first).toHaveLength(1)
    const words = await textOf(page.locator(".verdict"))
    expect(words).toContain(
      `In causal order the runs part at clock event ${first[0].number} of machine ${first[0].machine}`,
    )
    expect(words).toContain("Outside the cone nothing changed.")
    const drawnOf = (what: string) =>
      page
        .locator(`.stage [data-lightcone="events ${what}"]`)
        .evaluateAll((paths) => paths.map((path) => path.getAttribute("d")!.split("M").length - 1))
    expect(await drawnOf("parting")).toEqual([1, 1])
    for (const changed of await drawnOf("changed")) expect(changed).toBeGreaterThan(3)
    expect(said).toEqual([])
    await page.close()
  })

  it("that are the same are said to be", async () => {
    const again = await madeVirtual(at.scratch, "--machines", "3", "--duration", "40s", "--seed", "7")
    const { page } = await open(at.browser, at.served, `#/compare?a=${run}&b=${again}`)
    await page.locator(".verdict", { hasText: "They are the same, event by event." }).waitFor()
    await page.close()
  })
})

describe("a run with a workload", () => {
  it("shows the cut of every snapshot, and what an event is for", async () => {
    const options = ["--workload", "snapshot", "--machines", "3", "--duration", "40s", "--seed", "7"]
    const cut = await madeVirtual(at.scratch, ...options)
    const records = (await logOf(at.scratch, cut)).filter(
      (event) => event.kind === "internal" && event.payload.purpose === "record",
    )
    const { page } = await open(
      at.browser,
      at.served,
      `#/runs/${cut}?at=40&for=40&event=${address(records[0]!)}`,
    )
    await drawn(page)
    const lines = await page.locator("[data-lightcone=cuts]").getAttribute("d")
    expect(lines!.match(/[ML]/g)).toHaveLength(records.length)
    expect(await textOf(page.locator(".event-panel"))).toMatch(/record of snapshot 1, \d+ tokens/)
    await page.getByText("a snapshot's cut").waitFor()
    await page.close()
  })
})

describe("the form", () => {
  it("starts a run with a workload, and says what that takes", async () => {
    const { page } = await open(at.browser, at.served, "#/new")
    await page.getByLabel("Seconds").fill("5")
    await page.getByLabel("Workload").fill("mutex")
    await page.getByLabel("Token").fill(token)
    await page.getByRole("button", { name: "Start the run" }).click()
    await page.locator("form .problem:not([hidden])").waitFor()
    expect(await textOf(page.locator("form .problem"))).toContain("must be complete for workload mutex")
    await page.getByLabel("Who is linked to whom").fill("complete")
    await page.getByRole("button", { name: "Start the run" }).click()
    await page.locator(".status.finished").waitFor()
    const started = (await hashOf(page)).slice("#/runs/".length)
    const shown = await at.scratch.run(["show", started, "--json"])
    expect(JSON.parse(shown.stdout).config).toMatchObject({ workload: "mutex", topology: "complete" })
    await page.close()
  })

  it("starts a run with the token, and shows it", async () => {
    const { page } = await open(at.browser, at.served, "#/new")
    await page.getByLabel("Seconds").fill("5")
    await page.getByLabel("Latency").fill("1ms..20ms")
    await page.getByLabel("Messages lost, %").fill("1.5")
    await page.locator("table.foretold").waitFor()
    await page.getByRole("button", { name: "Start the run" }).click()
    await page.locator("form .problem:not([hidden])").waitFor()
    expect(await textOf(page.locator("form .problem"))).toContain("authorization")
    await page.getByLabel("Token").fill(token)
    await page.getByRole("button", { name: "Start the run" }).click()
    await drawn(page)
    await page.locator(".status.finished").waitFor()
    expect(await page.evaluate("sessionStorage.getItem('lightcone-token')")).toBe(token)
    const started = (await hashOf(page)).slice("#/runs/".length)
    const shown = await at.scratch.run(["show", started, "--json"])
    expect(JSON.parse(shown.stdout).config).toMatchObject({
      mode: "virtual",
      durationUs: 5_000_000,
      latency: { law: "uniform", lowUs: 1_000, highUs: 20_000 },
      lossPpm: 15_000,
    })
    await page.close()
  })

  it("starts a run with a delivery order", async () => {
    const { page } = await open(at.browser, at.served, "#/new")
    await page.getByLabel("Seconds").fill("5")
    await page.getByLabel("Latency").fill("exp:500ms")
    await page.getByLabel("Order on a link").fill("unordered")
    await page.getByLabel("Delivery order").fill("causal")
    await page.getByLabel("Token").fill(token)
    await page.getByRole("button", { name: "Start the run" }).click()
    await drawn(page)
    await page.locator(".status.finished").waitFor()
    const started = (await hashOf(page)).slice("#/runs/".length)
    const shown = await at.scratch.run(["show", started, "--json"])
    expect(JSON.parse(shown.stdout).config).toMatchObject({ links: "unordered", delivery: "causal" })
    await page.close()
  })
})

describe("every view", () => {
  /** Each with what shows that it is all there, and what is opened in it. */
  const views = (): ReadonlyArray<
    readonly [hash: string, whole: string, openMore?: (page: Page) => Promise<unknown>]
  > => [
    ["", "table.runs tbody tr >> nth=1"],
    [
      `#/runs/${run}?at=20&for=10&event=1/20`,
      ".figures.live svg >> nth=2",
      async (page) => {
        await page.locator(".chain summary").click()
        await page.locator(".chain li").first().waitFor()
      },
    ],
    ["#/runs/nosuchrun", ".status.absent"],
    [`#/compare?a=${run}&b=${other}`, ".pair .plane path.marks >> nth=1"],
    [
      "#/new",
      "table.foretold",
      async (page) => {
        await page.getByLabel("Latency").fill("soon")
        await page.getByLabel("Token").fill(token)
        await page.getByRole("button", { name: "Start the run" }).click()
        await page.locator("form .problem:not([hidden])").waitFor()
      },
    ],
    ["docs", "article >> nth=1"],
  ]

  for (const theme of ["light", "dark"] as const)
    it(`has nothing serious for an accessibility checker to find, and fits a phone, in ${theme}`, async () => {
      for (const [hash, whole, openMore] of views()) {
        // The checker is put into the page past its policy.
        const options = { bypassCSP: true, colorScheme: theme, viewport: { width: 360, height: 740 } }
        const { page, said } = await open(at.browser, at.served, hash, options)
        await page.locator("h1").waitFor()
        await page.locator(whole).waitFor({ state: "attached" })
        await frames(page)
        await fits(page)
        await openMore?.(page)
        await fits(page)
        expect(await violations(page), hash).toEqual([])
        await page.setViewportSize({ width: 1_280, height: 900 })
        await frames(page)
        expect(await violations(page), hash).toEqual([])
        // A browser tells of answers such as 400 and 404 by itself.
        expect(
          said.filter((line) => !line.includes("the server responded with a status of 40")),
          hash,
        ).toEqual([])
        await page.close()
      }
    })

  it("is dark or light as the switch says, whatever the system is", async () => {
    const { page } = await open(at.browser, at.served, "", { colorScheme: "light" })
    const ground = () => page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor")
    expect(await ground()).toBe("rgb(255, 255, 255)")
    await page.getByLabel("colours").selectOption("dark")
    expect(await ground()).toBe("rgb(18, 21, 28)")
    await page.reload()
    expect(await ground()).toBe("rgb(18, 21, 28)")
    await page.emulateMedia({ colorScheme: "dark" })
    await page.getByLabel("colours").selectOption("light")
    expect(await ground()).toBe("rgb(255, 255, 255)")
    await page.close()
  })
})
