/**
 * A million hostile frames, a tenth of them from peers that know the secret, and two thousand idle connections,
 * while three machines tick on native Postgres: the record must verify, and no tick be late for it. The peers are
 * a process of their own; what is counted is what the machines' ports counted.
 * Run: tsx scripts/hostile-peers.ts [frames] [seed]
 */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { analyse } from "../src/persistence/inquiry/Analysis.ts"
import type { RefusalCounts } from "../src/runtime/real/Refusals.ts"
import { openNative } from "../test/contract/Stores.ts"
import { attack, idle, type Target } from "../test/support/HostilePeers.ts"
import { startPostgres } from "../test/support/Postgres.ts"
import { run, runUnderAttack, untilAllDeliver } from "../test/support/RunUnderAttack.ts"

const frames = Number(process.argv[2] ?? 1_000_000)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1_000_000))
const idlers = 2_000
/** Of all frames; the rest are strangers', each of which costs a connection. */
const share = { knowing: 0.1, replayed: 0.6 }

interface Heard {
  readonly link: string
  readonly hello: string
  readonly frames: string
}
type Order =
  | { readonly order: "hear"; readonly heard: ReadonlyArray<Heard> }
  | {
      readonly order: "attack"
      readonly secret: string
      readonly links: Target["links"]
      readonly round: number
      readonly strangers: number
      readonly knowing: number
      readonly replayed: number
    }

/** The peers' process: idle connections from the first round on, and a round of frames when it is told to. */
const serve = (): void => {
  const heard = new Map<string, ReturnType<Target["heard"]>>()
  let waiting: ReturnType<typeof idle> | undefined
  process.on("disconnect", () => process.exit(0))
  process.on("message", async (message: Order) => {
    if (message.order === "hear") {
      for (const { link, hello, frames } of message.heard)
        heard.set(link, { hello: Buffer.from(hello, "hex"), frames: Buffer.from(frames, "hex") })
      return
    }
    const { knowing, links, replayed, round, strangers } = message
    waiting ??= idle([...new Set(links.map(({ port }) => port))], idlers, 20_000)
    const nothing = { hello: Buffer.alloc(0), frames: Buffer.alloc(0) }
    const target: Target = {
      run,
      secret: Buffer.from(message.secret, "hex"),
      links,
      heard: (sender, recipient) => heard.get(`${sender} ${recipient}`) ?? nothing,
    }
    const sent = await attack({ target, seed: seed + round, strangers, knowing, replayed })
    process.send!({ sent, idle: waiting.opened() })
  })
}

/** What came of those that sent something: who only sits there is refused for that. */
const counted = ({ total, byReason, repeated }: RefusalCounts): number =>
  total.connections +
  total.frames +
  repeated -
  (byReason.connections["too many"] ?? 0) -
  (byReason.connections["too slow"] ?? 0)

const answer = (child: ChildProcess) =>
  new Promise<{ readonly sent: Record<string, number>; readonly idle: number }>((resolve) =>
    child.once("message", resolve as (message: unknown) => void),
  )

const main = async (): Promise<void> => {
  const server = await startPostgres()
  const store = await openNative(server.url)
  const peers = fork(fileURLToPath(import.meta.url), ["attack"], { execArgv: ["--import", "tsx"] })
  const sent: Record<string, number> = {}
  let counts: RefusalCounts | undefined
  let opened = 0
  const startedMs = performance.now()
  const { said } = await runUnderAttack(
    { log: store.log, config: { rates: [40, 50, 60], sides: 8 } },
    async (attacked) => {
      const { target, progress } = attacked
      counts = progress.refusals
      const tell = (order: Order) => peers.send(order)
      const hearing = setInterval(() => {
        const heard = target.links.map(({ sender, recipient }) => {
          const { hello, frames } = target.heard(sender, recipient)
          return {
            link: `${sender} ${recipient}`,
            hello: hello.toString("hex"),
            frames: frames.toString("hex"),
          }
        })
        tell({ order: "hear", heard })
      }, 250)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      for (let round = 0; counted(progress.refusals) < frames; round++) {
        const left = Math.min(50_000, frames - counted(progress.refusals))
        const secret = Buffer.from(target.secret).toString("hex")
        tell({
          order: "attack",
          secret,
          links: target.links,
          round,
          strangers: Math.ceil(left * (1 - share.knowing - share.replayed)),
          knowing: Math.ceil(left * share.knowing),
          replayed: Math.ceil(left * share.replayed),
        })
        const done = await answer(peers)
        opened = done.idle
        for (const [kind, count] of Object.entries(done.sent)) sent[kind] = (sent[kind] ?? 0) + count
        const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0)
        console.log(`${seconds} s: ${counted(progress.refusals)} counted, ${opened} idle connections opened`)
      }
      await untilAllDeliver(attacked)
      clearInterval(hearing)
    },
  )
  peers.disconnect()
  const { verdict, statistics } = await Effect.runPromise(analyse(store.log, run))
  await store.close()
  await server.stop()
  console.log("sent by kind", sent)
  console.log("refused by reason", counts!.byReason, "passed over as had before", counts!.repeated)
  console.log(
    `seed ${seed}: ${counted(counts!)} hostile frames counted, ${opened} idle connections opened, ${said.length} lines said`,
  )
  console.log(
    `lateness in microseconds: ${JSON.stringify(statistics.lateness)}; missed ${verdict.counts.missed}`,
  )
  console.log(
    `memory ${Math.round(process.resourceUsage().maxRSS / 1_024)} MB at most; ${verdict.counts.received} messages received; verified: ${verdict.verified}`,
  )
  process.exitCode = verdict.verified === true ? 0 : 1
}

if (process.argv[2] === "attack") serve()
else await main()
