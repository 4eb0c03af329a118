/**
 * One round: a run that is killed, paused, cut off from its store and from its peers at random, and resumed to its
 * end; then its log is judged by the verifier and by the ledgers of all its lives.
 */
import { setTimeout as sleep } from "node:timers/promises"
import * as Random from "../../src/domain/Random.ts"
import * as Verification from "../../src/domain/Verification.ts"
import type { CommitProxy, Cut } from "./CommitProxy.ts"
import * as Ledger from "./Ledger.ts"
import { begin, type Ended, type Living, type Place } from "./Lives.ts"
import { read, runName, tail } from "./Record.ts"

/** What a round has at hand. */
export interface Bench {
  readonly place: Place
  /** Of a native store. */
  readonly native?: {
    readonly proxy: CommitProxy
    /** Lets the time of the run's lease pass. */
    readonly expire: (run: string) => Promise<void>
    readonly restart: () => Promise<void>
  }
}

export interface Result {
  readonly seed: number
  readonly complaints: ReadonlyArray<string>
  /** Kills by where they struck, and how many of them with messages in flight. */
  readonly kills: ReadonlyArray<{ readonly phase: Ledger.Phase; readonly inFlight: number }>
  readonly cuts: readonly [before: number, after: number]
  readonly restarts: number
  readonly pauses: number
  readonly races: number
  readonly linksCut: number
  readonly events: number
}

/** Far more than a life takes on a busy machine. */
const patienceMs = 120_000

type Draw = (below: number) => number

interface Plan {
  readonly halt: string | undefined
  readonly afterMs: number
  readonly cut: readonly [append: number, how: Cut] | undefined
  readonly restart: boolean
  readonly cutLink: number
}

const cutOf = (draw: Draw): readonly [append: number, how: Cut] => [
  2 + draw(5),
  draw(2) === 0 ? "before-server" : "after-server",
]

/** To its end, come what may. */
const enduring = (draw: Draw): Plan => ({
  halt: undefined,
  afterMs: 0,
  cut: draw(2) === 0 ? cutOf(draw) : undefined,
  restart: false,
  cutLink: draw(2) === 0 ? 1 + draw(30) : 0,
})

const planOf = (draw: Draw, isNative: boolean): Plan => {
  const phase = Ledger.phases[draw(4)]!
  const cut = isNative && draw(10) < 3 ? cutOf(draw) : undefined
  return {
    // A life that is to be cut off is killed some time after that.
    halt: cut === undefined && draw(10) < 7 ? `${phase}:${1 + draw(6)}` : undefined,
    afterMs: 20 + draw(600),
    cut,
    restart: isNative && draw(10) < 1,
    cutLink: draw(10) < 3 ? 1 + draw(30) : 0,
  }
}

const runOf = (draw: Draw): ReadonlyArray<string> => {
  const rates = [10 + draw(20), 60 + draw(100), 60 + draw(100)]
  const overflow = ["backpressure", "drop-newest", "drop-oldest"][draw(3)]!
  const capacity = [3, 8, 1_024][draw(3)]!
  return [
    "run",
    ...["--rates", rates.join(","), "--sides", "3", "--duration", `${900 + draw(700)}ms`],
    ...["--capacity", String(capacity), "--overflow", overflow, "--seed", String(draw(1_000_000))],
  ]
}

export const tryRound = async (seed: number, bench: Bench): Promise<Result> => {
  const draws = Random.draws(seed, Random.Purpose.fault, 1)
  const draw: Draw = (below) => Random.below(draws(), below)
  const { place, native } = bench
  const complaints: Array<string> = []
  const lives: Array<Ended> = []
  const kills: Array<{ phase: Ledger.Phase; life: number }> = []
  const cutsBefore = native?.proxy.cuts()
  const tally = { restarts: 0, pauses: 0, races: 0, linksCut: 0 }
  let run: string | undefined

  const live = (args: ReadonlyArray<string>, plan: Plan | undefined): Living => {
    native?.proxy.cutAt(...(plan?.cut ?? [0, "before-server"]))
    if (plan !== undefined && plan.cutLink > 0) tally.linksCut++
    return begin(place, args, {
      ...(plan?.halt === undefined ? {} : { LIGHTCONE_HALT: plan.halt }),
      ...(plan === undefined || plan.cutLink === 0 ? {} : { LIGHTCONE_CUT_LINK: String(plan.cutLink) }),
    })
  }
  const ended = async (living: Living): Promise<Ended> => {
    const timer = setTimeout(() => {
      complaints.push("a life did not end")
      living.signal("SIGKILL")
    }, patienceMs)
    const end = await living.ended
    clearTimeout(timer)
    lives.push(end)
    run ??= runName.exec(end.stderr)?.[1]
    return end
  }
  const expectEnd = (end: Ended, code: number, pattern = /(?:)/): void => {
    if (end.code !== code || !pattern.test(end.stderr))
      complaints.push(`a life must end with ${code} ${pattern}, found ${end.code}: ${tail(end.stderr)}`)
  }
  /** A kill may have come when all was written already. */
  const expectDone = (end: Ended): void => {
    if (end.code !== 2) expectEnd(end, 0)
    else expectEnd(end, 2, /it is finished/)
  }
  const isFree = async (): Promise<void> => {
    // One in four waits for as long as a lease really lasts.
    if (run !== undefined && draw(4) > 0) await native?.expire(run)
  }

  /** A life that is cut short; false if it came to its end before. */
  const cutShort = async (args: ReadonlyArray<string>): Promise<boolean> => {
    const plan = planOf(draw, native !== undefined)
    const living = live(args, plan)
    if (plan.restart && native !== undefined) {
      await living.until(({ acknowledged }) => acknowledged.length > 0)
      tally.restarts++
      await native.restart()
    }
    if (plan.cut !== undefined) await living.until(() => native!.proxy.isDone())
    if (plan.halt !== undefined) await living.until(({ halted }) => halted)
    else {
      await living.until(({ acknowledged }) => acknowledged.length > 0)
      await sleep(plan.afterMs)
    }
    living.signal("SIGKILL")
    const end = await ended(living)
    if (end.code === null) kills.push({ phase: end.life.phase, life: lives.length - 1 })
    else expectDone(end)
    return end.code === null
  }

  /** An owner that sleeps past its lease, while another goes on; it must find itself fenced. */
  const paused = async (args: ReadonlyArray<string>): Promise<void> => {
    tally.pauses++
    const sleeper = live(args, undefined)
    await sleeper.until(({ acknowledged }) => acknowledged.length > 0)
    sleeper.signal("SIGSTOP")
    const written = sleeper.ledger().acknowledged.length
    await native!.expire(run!)
    const next = live(["resume", run!], undefined)
    await next.until(({ acknowledged }) => acknowledged.length > 0)
    sleeper.signal("SIGCONT")
    const fenced = await ended(sleeper)
    // What was under way when it fell asleep may have been acknowledged still.
    if (fenced.life.acknowledged.length > written + 1) complaints.push("a fenced owner wrote")
    if (fenced.code === 3) expectEnd(fenced, 3, /taken over/)
    else expectDone(fenced)
    expectDone(await ended(next))
  }

  /** Two at once: one wins, the other names it and writes nothing. */
  const raced = async (): Promise<void> => {
    tally.races++
    const both = [live(["resume", run!], undefined), live(["resume", run!], undefined)]
    const ends = await Promise.all(both.map(ended))
    const winners = ends.filter(({ code }) => code === 0)
    // It may have been finished already: who comes to look says so, and may keep the other from looking.
    const wasFinished = winners.length === 0 && ends.some(({ code }) => code === 2)
    if (winners.length !== 1 && !wasFinished)
      complaints.push(
        `of two resumes one must win: ${ends.map(({ code, stderr }) => `${code} ${tail(stderr)}`)}`,
      )
    for (const loser of ends.filter((end) => !winners.includes(end))) {
      if (loser.life.acknowledged.length > 0) complaints.push("the loser of a race wrote")
      // It may come when the winner has finished already.
      if (loser.code !== 2) expectEnd(loser, 3, /is writing it|has held it/)
      else expectEnd(loser, 2, /it is finished/)
    }
  }

  let wasCut = await cutShort(runOf(draw))
  if (run === undefined) throw new Error(`seed ${seed}: no run was begun: ${lives[0]!.stderr}`)
  const isBegun = lives[0]!.life.acknowledged.length > 0 || (await read(place, run)).length > 0
  if (!isBegun) expectEnd(await ended(live(["resume", run], undefined)), 2, /found none/)
  for (let more = draw(2); isBegun && wasCut && more > 0; more--) {
    await isFree()
    wasCut = await cutShort(["resume", run])
  }
  if (isBegun && wasCut) {
    await isFree()
    const kind = draw(10)
    if (kind < 2) await raced()
    else if (kind < 4 && native !== undefined) await paused(["resume", run])
    else expectDone(await ended(live(["resume", run], enduring(draw))))
  }

  const log = await read(place, run)
  const verdict = Verification.verify(log)
  if (isBegun && (verdict.verified !== true || !verdict.finished))
    complaints.push(
      `the run must verify and be finished: ${JSON.stringify(verdict.checks.flatMap(({ failures }) => failures).slice(0, 3))}`,
    )
  for (const { life } of lives) complaints.push(...Ledger.contradictions(life, log))
  const endOf = ({ life }: Ended): number => life.acknowledged.at(-1)?.head ?? 0
  const cutsAfter = native?.proxy.cuts()
  const cuts = (how: Cut): number => (cutsAfter?.[how] ?? 0) - (cutsBefore?.[how] ?? 0)
  return {
    seed,
    complaints,
    kills: kills.map(({ phase, life }) => ({ phase, inFlight: Ledger.inFlight(log, endOf(lives[life]!)) })),
    cuts: [cuts("before-server"), cuts("after-server")],
    ...tally,
    events: log.length,
  }
}
