/**
 * Who may write a run: two that would go on with it at the same moment, one that would take it from a living owner,
 * and an owner that sleeps past its lease. Each time exactly one process writes, and the log says so: every position
 * is one that its rightful owner's ledger has as acknowledged.
 */
import { setTimeout as sleep } from "node:timers/promises"
import * as Random from "../../src/domain/Random.ts"
import * as Verification from "../../src/domain/Verification.ts"
import * as Ledger from "./Ledger.ts"
import { begin, type Ended, type Living, type Place } from "./Lives.ts"
import { read, runName, tail } from "./Record.ts"

export const contests = ["race", "living owner", "sleeping owner"] as const
export type Contest = (typeof contests)[number]

export interface Arena {
  /** Straight to the store, and through a pooler where there is one. */
  readonly places: ReadonlyArray<Place>
  readonly head: (run: string) => Promise<{ readonly epoch: number; readonly position: number }>
  /** Lets the time of a run's lease pass at once. */
  readonly expire: (run: string) => Promise<void>
}

/** Two that are started this close to each other contend. */
const mostApartMs = 50

interface Outcome {
  readonly run: string
  readonly lives: ReadonlyArray<Ended>
  /** Who wrote, one after the other. */
  readonly owners: ReadonlyArray<Ended>
}

type Draw = (below: number) => number

const started = async (place: Place, durationMs: number): Promise<{ living: Living; run: string }> => {
  const rates = ["--rates", "40,60,80", "--sides", "3", "--duration", `${durationMs}ms`]
  const living = begin(place, ["run", ...rates])
  const run = runName.exec(await living.says(runName))![1]!
  await living.until(({ acknowledged }) => acknowledged.length > 1)
  return { living, run }
}

const complain = (complaints: Array<string>, end: Ended, code: number | null, pattern = /(?:)/): void => {
  if (end.code !== code || !pattern.test(end.stderr))
    complaints.push(`a life must end with ${code} ${pattern}, found ${end.code}: ${tail(end.stderr)}`)
}

const trials: Readonly<
  Record<Contest, (place: Place, arena: Arena, draw: Draw, complaints: Array<string>) => Promise<Outcome>>
> = {
  race: async (place, { expire }, draw, complaints) => {
    const { living, run } = await started(place, 5_000)
    living.signal("SIGKILL")
    const first = await living.ended
    // Either they find it free, or both wait for the moment when it is.
    if (draw(2) === 0) await expire(run)
    const one = begin(place, ["resume", run])
    await sleep(draw(mostApartMs))
    const ends = await Promise.all([one.ended, begin(place, ["resume", run]).ended])
    const winners = ends.filter(({ code }) => code === 0)
    if (winners.length !== 1) complaints.push(`one must win, found ${ends.map(({ code }) => code)}`)
    const loser = ends.find((end) => !winners.includes(end))
    if (loser !== undefined)
      complain(
        complaints,
        loser,
        3,
        /Cannot take run \w+: pid \d+ on \S+ is writing it, and its lease is alive/,
      )
    return { run, lives: [first, ...ends], owners: [first, ...winners] }
  },
  "living owner": async (place, { head }, draw, complaints) => {
    const { living, run } = await started(place, 9_000)
    await sleep(draw(1_500))
    const { epoch } = await head(run)
    const taker = await begin(place, ["resume", run]).ended
    complain(complaints, taker, 3, new RegExp(`pid ${living.pid} on .* is writing it`))
    const owner = await living.ended
    complain(complaints, owner, 0)
    if ((await head(run)).epoch !== epoch) complaints.push("a living owner's epoch must stay")
    return { run, lives: [owner, taker], owners: [owner] }
  },
  "sleeping owner": async (place, _, draw, complaints) => {
    const { living: sleeper, run } = await started(place, 20_000)
    await sleep(draw(300))
    sleeper.signal("SIGSTOP")
    const next = begin(place, ["resume", run])
    await next.until(({ acknowledged }) => acknowledged.length > 1)
    sleeper.signal("SIGCONT")
    const fenced = await sleeper.ended
    complain(
      complaints,
      fenced,
      3,
      /Cannot write run \w+: it was taken over by pid \d+ on .+ \(epoch 2, ours is 1\)/,
    )
    next.signal("SIGINT")
    const owner = await next.ended
    complain(complaints, owner, 130)
    return { run, lives: [fenced, owner], owners: [fenced, owner] }
  },
}

export interface Result {
  readonly contest: Contest
  readonly pooled: boolean
  readonly seed: number
  readonly complaints: ReadonlyArray<string>
}

export const tryContest = async (contest: Contest, seed: number, arena: Arena): Promise<Result> => {
  const draws = Random.draws(seed, Random.Purpose.fault, 1)
  const place = arena.places[seed % arena.places.length]!
  const complaints: Array<string> = []
  const { run, lives, owners } = await trials[contest](
    place,
    arena,
    (below) => Random.below(draws(), below),
    complaints,
  )
  const log = await read(place, run)
  const verdict = Verification.verify(log)
  if (verdict.verified !== true) complaints.push("the run must verify")
  for (const { life } of lives) complaints.push(...Ledger.contradictions(life, log))
  for (const end of lives)
    if (!owners.includes(end) && end.life.appends > 0) complaints.push("one that did not own the run wrote")
  const { epoch, position } = await arena.head(run)
  const resumed = log.filter(({ kind }) => kind === "run-resumed").length
  if (epoch !== owners.length || resumed !== owners.length - 1)
    complaints.push(
      `${owners.length} owners must leave as many epochs and one run-resumed fewer, found ${epoch} and ${resumed}`,
    )
  // An append whose answer did not come through may stand or not.
  const sum = (counts: ReadonlyArray<number>) => counts.reduce((all, one) => all + one, 0)
  const known = sum(owners.flatMap(({ life }) => life.acknowledged.map(({ events }) => events.length)))
  const unanswered = sum(owners.map(({ life }) => life.unanswered + life.lost.size))
  if (position < known || position > known + unanswered)
    complaints.push(
      `the log must hold the ${known} events acknowledged to its owners and at most ${unanswered} more, found ${position}`,
    )
  return { contest, pooled: place !== arena.places[0], seed, complaints }
}
