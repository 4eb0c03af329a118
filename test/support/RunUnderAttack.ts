/** A run of three machines over wires, for as long as something is done to its network. */
import { randomBytes } from "node:crypto"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Logger from "effect/Logger"
import { EventLog, type EventLogShape } from "../../src/domain/EventLog.ts"
import * as RunConfig from "../../src/domain/RunConfig.ts"
import * as Laboratory from "../../src/runtime/Laboratory.ts"
import type { LinkTiming } from "../../src/runtime/real/LinkTiming.ts"
import type { Target } from "./HostilePeers.ts"
import * as Wires from "./Wire.ts"

export const run = "abcdefghijkl"

export interface Attacked {
  readonly target: Target
  /** The three machines' ports. */
  readonly ports: ReadonlyArray<number>
  readonly wires: Wires.Wires
  readonly progress: Laboratory.Progress
}

export interface Options {
  readonly log: EventLogShape
  readonly config?: Partial<RunConfig.RunConfig>
  readonly timing?: LinkTiming
}

/** Waits until every link has brought messages that were sent from now on; throws when that takes too long. */
export const untilAllDeliver = async ({ progress, target }: Attacked, patienceMs = 30_000): Promise<void> => {
  const marks = () =>
    target.links.map(({ sender, recipient }) => progress.machines[recipient - 1]!.markOf(sender))
  const sent = progress.machines.map(({ state }) => state.version)
  const endMs = performance.now() + patienceMs
  while (target.links.some(({ sender }, i) => marks()[i]! <= sent[sender - 1]!)) {
    if (performance.now() > endMs)
      throw new Error(`a link delivers no more: marks ${marks()}, sent before ${sent}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Stops the run when what is done has been done; also what was said of it, with the instant. */
export const runUnderAttack = async (options: Options, done: (attacked: Attacked) => Promise<void>) => {
  const wires = await Wires.open(3)
  const secret = randomBytes(16)
  const links: Array<Target["links"][number]> = []
  const said: Array<{ readonly atMs: number; readonly line: string }> = []
  let failure: { readonly error: unknown } | undefined
  const started = Deferred.unsafeMake<Laboratory.Progress>(FiberId.none)
  const attacking = Effect.flatMap(Deferred.await(started), (progress) =>
    Effect.promise(() => {
      const heard = (sender: number, recipient: number) => {
        const wire = wires.between(sender, recipient)
        return { hello: wire.hello, frames: wire.heard }
      }
      const ports = [...new Set(links.map(({ port }) => port))]
      const attacked = { target: { run, secret, links, heard }, ports, wires, progress }
      return done(attacked).catch((error: unknown) => {
        failure = { error }
      })
    }),
  )
  const logger = Logger.make(({ message }) => {
    said.push({ atMs: performance.now(), line: String(message) })
  })
  const outcome = await Effect.runPromise(
    Laboratory.run({
      run,
      owner: "test",
      config: { ...RunConfig.defaults, durationUs: 3_600_000_000, ...options.config },
      stopRequested: attacking,
      watch: (progress) => Deferred.unsafeDone(started, Effect.succeed(progress)),
      network: {
        secret,
        route: (link) => {
          links.push(link)
          return wires.route(link)
        },
        ...(options.timing === undefined ? {} : { timing: options.timing }),
      },
    }).pipe(
      Effect.provideService(EventLog, options.log),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.ensuring(Effect.sync(wires.close)),
    ),
  )
  if (failure !== undefined) throw failure.error
  return { outcome, said }
}
