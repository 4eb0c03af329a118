/**
 * A run's log as Server-Sent Events: an event a message, its `id` the position, so that a client that comes back with
 * Last-Event-ID goes on where it was. A stream ends by itself after a while and is resumed the same way; after the run's
 * last event comes a message `end`, and whoever asks for more then gets 204, at which an EventSource stops.
 *
 *     id: 17
 *     data: {"run":"k3...","position":17,"machine":2,"version":5,"kind":"sent",...}
 */
import type { Following, Page } from "./EventFeed.ts"

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

/**
 * A page is asked for when the client has taken the one before. It follows from when the greeting has been taken: the
 * body of an answer to HEAD, or to somebody who is gone, is neither read nor cancelled. It ends at once where `enter`
 * finds no place, and gives its place back when it ends.
 */
export const make = (
  follow: () => Following,
  enter: () => (() => void) | undefined,
): ReadableStream<Uint8Array> => {
  let following: Following | undefined
  let leave: (() => void) | undefined
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(greeting),
    pull: (controller) => {
      leave ??= enter()
      if (leave === undefined) return controller.close()
      const end = () => {
        leave!()
        controller.close()
      }
      return new Promise<void>((resolve) => {
        following ??= follow()
        following.next((heard) => {
          resolve()
          if (heard === "end") return end()
          controller.enqueue(heard === "silence" ? heartbeat : toBytes(heard))
          if (heard !== "silence" && heard.ends) end()
        })
      })
    },
    cancel: () => {
      following?.leave()
      leave?.()
    },
  })
}
