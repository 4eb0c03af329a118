/** A run's log: a page at a time, or followed. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import * as EventCodec from "../persistence/EventCodec.ts"
import { InvalidField, respond } from "./Answering.ts"
import { api } from "./Api.ts"
import * as Client from "./Client.ts"
import { Feeds } from "./EventFeed.ts"
import * as EventStream from "./EventStream.ts"
import { OpenStreams } from "./OpenStreams.ts"
import * as Problem from "./Problem.ts"
import * as RunReference from "./RunReference.ts"
import { Settings } from "./Settings.ts"
import type { Store } from "./StoreAccess.ts"

interface Wanted {
  readonly after?: number | undefined
  readonly limit?: number | undefined
  readonly machine?: number | undefined
}

const page = (
  store: Store,
  run: string,
  { after = 0, limit = Limits.defaultEventsPerAnswer, machine }: Wanted,
) =>
  Effect.gen(function* () {
    const only = machine === undefined ? {} : { machine }
    const events = yield* store.log.read({ run, after, limit, ...only })
    const next = events[events.length - 1]?.position ?? after
    const texts = events.map((event) => JSON.stringify(EventCodec.toJson(event, run)))
    return HttpServerResponse.text(`{"run":"${run}","events":[${texts.join(",")}],"next":${next}}`, {
      contentType: "application/json",
    })
  })

/** Where a client that lost its stream was. */
const lastSeen = ({
  headers,
}: HttpServerRequest.HttpServerRequest): Effect.Effect<number | undefined, InvalidField> => {
  const text = headers["last-event-id"]
  if (text === undefined || text === "") return Effect.succeed(undefined)
  return /^\d{1,10}$/.test(text) && Number(text) <= Limits.maxPosition
    ? Effect.succeed(Number(text))
    : Effect.fail(
        new InvalidField({
          field: "Last-Event-ID",
          problem: `must be the position of an event, found ${JSON.stringify(text.slice(0, 40))}`,
        }),
      )
}

/** A place in the stream is a position in the whole log. */
const allMachines = (machine: number) =>
  new InvalidField({
    field: "machine",
    problem: `must be absent where the log is followed, found ${machine}`,
  })

/** Whether the run has ended, and everything was seen. */
const isOver = (store: Store, run: string, after: number) =>
  Effect.gen(function* () {
    const { position } = yield* store.log.head(run)
    if (after < position) return false
    const [last] = yield* store.log.read({ run, after: position - 1, limit: 1 })
    return last?.kind === "run-finished"
  })

const followed = (store: Store, run: string, after: number, client: string) =>
  Effect.gen(function* () {
    const streams = yield* OpenStreams
    const refusal = streams.refusal(client)
    if (refusal !== undefined) return Problem.response(refusal)
    const feeds = yield* Feeds
    // A thousand who come back at once ask the store nothing, and keep nobody waiting.
    const isSeen = feeds.isOver(store.log, run, after) ?? (yield* isOver(store, run, after))
    if (isSeen) return HttpServerResponse.empty({ status: 204 })
    const { eventStreamMs } = yield* Settings
    return HttpServerResponse.raw(
      EventStream.make(
        () => feeds.follow(store.log, run, after, eventStreamMs),
        () => streams.enter(client),
      ),
      {
        contentType: "text/event-stream",
        headers: { "cache-control": "no-store", "x-accel-buffering": "no" },
      },
    )
  })

const wantsStream = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  headers.accept?.includes("text/event-stream") === true

export const layer = HttpApiBuilder.group(api, "events", (handlers) =>
  handlers.handle("events", ({ path, urlParams, request }) =>
    respond((store) =>
      Effect.gen(function* () {
        const run = yield* RunReference.resolve(store, path.run)
        if (!wantsStream(request)) return yield* page(store, run, urlParams)
        if (urlParams.machine !== undefined) return yield* allMachines(urlParams.machine)
        const { clientHeader } = yield* Settings
        const after = (yield* lastSeen(request)) ?? urlParams.after ?? 0
        return yield* followed(store, run, after, Client.ofAsked(request, clientHeader))
      }),
    ),
  ),
)
