/** Places of streams: taken when they are read, given back however they end. */
import { expect, it } from "vitest"
import type { Following, Heard } from "../../src/http/EventFeed.ts"
import * as EventStream from "../../src/http/EventStream.ts"
import * as OpenStreams from "../../src/http/OpenStreams.ts"

const following = (...heard: ReadonlyArray<Heard>): Following => {
  const left = [...heard]
  return {
    next: (hear) => {
      const one = left.shift()
      if (one !== undefined) hear(one)
    },
    leave: () => {},
  }
}

const page = { after: 0, upTo: 1, texts: ["{}"], ends: true }

it("there are so many of one client and of all, and a place that was given back is there again", () => {
  const streams = OpenStreams.make(3, 2)
  const leave = [streams.enter("a"), streams.enter("a")]
  expect(streams.enter("a")).toBeUndefined()
  expect(streams.refusal("a")).toMatchObject({ status: 429, code: "TooManyStreams", field: "client" })
  expect(streams.refusal("b")).toBeUndefined()
  expect(streams.enter("b")).toBeDefined()
  expect(streams.refusal("c")).toMatchObject({ status: 503, code: "TooManyStreams", field: "instance" })
  leave[0]!()
  leave[0]!()
  expect(streams.count()).toBe(2)
  expect(streams.enter("a")).toBeDefined()
})

it("a stream has its place from its first reading until it ends or is left", async () => {
  const streams = OpenStreams.make(10, 10)
  const made = (...heard: ReadonlyArray<Heard>) =>
    EventStream.make(
      () => following(...heard),
      () => streams.enter("a"),
    )
  const unread = made(page)
  await Promise.resolve()
  expect(streams.count()).toBe(0)
  expect(await new Response(unread).text()).toContain("event: end")
  expect(await new Response(made("silence", "end")).text()).toContain(":\n\n")
  expect(streams.count()).toBe(0)
  const reader = made("silence").getReader()
  await reader.read()
  await reader.read()
  expect(streams.count()).toBe(1)
  await reader.cancel()
  expect(streams.count()).toBe(0)
})

it("a stream that finds no place when it is first read ends at once, for its client to come again", async () => {
  const streams = OpenStreams.make(1, 1)
  streams.enter("a")
  const stream = EventStream.make(
    () => following(page),
    () => streams.enter("a"),
  )
  expect(await new Response(stream).text()).toBe("retry: 1000\n\n")
})
