/**
 * A run's log as Server-Sent Events: an event a message, its `id` the position, so that a client that comes back with
 * Last-Event-ID goes on where it was. A stream ends by itself after a while and is resumed the same way; after the run's
 * last event comes a message `end`, and whoever asks for more then gets 204, at which an EventSource stops.
 *
 *     id: 17
 *     data: {"run":"k3...","position":17,"machine":2,"version":5,"kind":"sent",...}
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Limits from "../domain/Limits.ts"
import type { Feed, Page } from "./EventFeed.ts"

const encoder = new TextEncoder()

/** Encoded once for all who are at the same place. */
const encoded = new WeakMap<Page, Uint8Array>()

const toBytes = (page: Page): Uint8Array => {
  const found = encoded.get(page)
  if (found !== undefined) return found
  const messages = page.texts.map((text, i) => `id: ${page.after + 1 + i}\ndata: ${text}\n\n`)
  if (page.ends) messages.push(`event: end\ndata: {"position":${page.upTo}}\n\n`)
  const bytes = encoder.encode(messages.join(""))
  encoded.set(page, bytes)
  return bytes
}

const heartbeat = encoder.encode(":\n\n")
const greeting = encoder.encode("retry: 1000\n\n")

/** Undefined once a heartbeat is due. */
const next = (feed: Feed, position: number) =>
  Effect.timeoutTo(feed.after(position), {
    duration: Duration.millis(Limits.eventStreamHeartbeatMs),
    onSuccess: (page): Page | undefined => page,
    onTimeout: () => undefined,
  })

/** Ends with the run, or after `maxMs`. What fails ends it too: the client comes back, and is told then. */
export const make = (feed: Feed, after: number, maxMs: number): Stream.Stream<Uint8Array> => {
  const messages = Stream.unfoldEffect(after as number | undefined, (position) =>
    position === undefined
      ? Effect.succeed(Option.none())
      : Effect.map(next(feed, position), (page) =>
          Option.some<readonly [Uint8Array, number | undefined]>(
            page === undefined ? [heartbeat, position] : [toBytes(page), page.ends ? undefined : page.upTo],
          ),
        ),
  )
  return Stream.concat(Stream.make(greeting), messages).pipe(
    Stream.interruptAfter(Duration.millis(maxMs)),
    Stream.catchAll((error) => Stream.execute(Effect.logWarning(error.message))),
  )
}
