/** Runs that are asked for, and asked to stop. */
import { randomBytes } from "node:crypto"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import * as RunId from "../domain/RunId.ts"
import * as RequestQueue from "../persistence/RequestQueue.ts"
import * as RunRequests from "../persistence/RunRequests.ts"
import * as Lease from "../runtime/Lease.ts"
import * as VirtualLaboratory from "../runtime/virtual/VirtualLaboratory.ts"
import { InvalidField, respondOnce } from "./Answering.ts"
import { api } from "./Api.ts"
import * as Body from "./Body.ts"
import * as Configuration from "./Configuration.ts"
import * as RunReference from "./RunReference.ts"
import type { Store } from "./StoreAccess.ts"

const keyOf = ({
  headers,
}: HttpServerRequest.HttpServerRequest): Effect.Effect<string | undefined, InvalidField> => {
  const key = headers["idempotency-key"]
  return key === undefined || (key.length <= Limits.maxRequestKeyLength && /^[\x21-\x7e]+$/.test(key))
    ? Effect.succeed(key)
    : Effect.fail(
        new InvalidField({
          field: "idempotency-key",
          problem: `must be 1 to ${Limits.maxRequestKeyLength} printable characters without a blank, found another text`,
        }),
      )
}

const isSmall = (config: RunConfig.RunConfig): boolean =>
  config.mode === "virtual" &&
  (RunConfig.ticksPerSecond(config) * config.durationUs) / 1_000_000 <= Limits.maxTicksWithinRequest

/** A small virtual run, by this instance; what it does not finish in time is left to whoever works. */
const carryOut = (store: Store, run: string) =>
  Effect.gen(function* () {
    const { log } = store
    const ownership = yield* Lease.owned(log, log.claim(run, "an instance of the handler"))
    const beginning = yield* VirtualLaboratory.beginning(log, run)
    if (beginning === undefined) return false
    const stopRequested = Effect.sleep(Duration.millis(Limits.maxRunWithinRequestMs))
    const options = { run, owner: ownership.owner, stopRequested }
    const { reason } = yield* VirtualLaboratory.goOn(options, log, ownership, beginning)
    if (reason === "finished") yield* RequestQueue.close(store.db, run)
    return reason === "finished"
  }).pipe(Effect.scoped)

/** As the list has it; of one that was deleted this very moment, as it was asked for. */
const statusOf = ({ catalogue }: Store, run: string) =>
  Effect.catchTag(catalogue.row(run), "RunUnknown", () =>
    Effect.succeed({ status: "requested", failure: null }),
  )

/** `failure` says why it was not carried out so far. */
const answer = (run: string, status: string, code: number, failure: string | null = null) =>
  HttpServerResponse.unsafeJson(
    { run, status, ...(failure === null ? {} : { failure }) },
    { status: code, headers: { location: `/runs/${run}` } },
  )

const request = (store: Store, incoming: HttpServerRequest.HttpServerRequest) =>
  Effect.gen(function* () {
    const key = yield* keyOf(incoming)
    const config = yield* Configuration.decode(
      yield* Body.json(incoming),
      "body",
      key === undefined ? undefined : Configuration.seedOf(key),
    )
    const name = RunId.fromBytes(randomBytes(64))
    const { run, isNew } = yield* RunRequests.request(store.db, { run: name, config, key })
    if (!isNew) {
      const { status, failure } = yield* statusOf(store, run)
      return answer(run, status, 200, failure)
    }
    // Whatever keeps it from being carried out here, the request stands, and a worker takes it up.
    const done = isSmall(config) && (yield* Effect.orElseSucceed(carryOut(store, run), () => false))
    return done ? answer(run, "finished", 201) : answer(run, "requested", 202)
  })

const stop = (store: Store, reference: string) =>
  Effect.gen(function* () {
    const run = yield* RunReference.resolve(store, reference)
    const stopping = yield* RunRequests.stop(store.db, run)
    return answer(run, stopping === "asked" ? "stopping" : stopping, stopping === "asked" ? 202 : 200)
  })

export const layer = HttpApiBuilder.group(api, "requests", (handlers) =>
  handlers
    .handleRaw("request", ({ request: incoming }) => respondOnce((store) => request(store, incoming)))
    .handle("stop", ({ path }) => respondOnce((store) => stop(store, path.run))),
)
