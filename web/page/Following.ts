/**
 * A run's log: what there is of it by pages, then what is added, as an EventSource tells it. That one comes back by
 * itself with Last-Event-ID; where the server refused it, or went away, we ask again from the last event we have. An
 * EventSource cannot bring a token, so where one is needed the pages are asked for again and again instead.
 */
import type { Recorded } from "../../src/domain/ClockEvent.ts"
import * as EventReading from "./EventReading.ts"
import { get, pathOf, Refused } from "./Server.ts"
import * as Token from "./Token.ts"

/** `absent` where there is no such run. */
export type State = "loading" | "live" | "lost" | "ended" | "absent"

export interface Listener {
  readonly heard: (events: ReadonlyArray<Recorded>) => void
  /** `why` where the log cannot be had for now; `needsToken` where it can with a token. */
  readonly changed: (state: State, why?: string, needsToken?: boolean) => void
}

const eventsPerPage = 4_096
const againMs = 2_000
const pollMs = 1_000

interface Page {
  readonly events: ReadonlyArray<EventReading.EventJson>
  readonly next: number | null
}

export const pageOf = async (
  run: string,
  after: number,
  signal: AbortSignal,
  limit = eventsPerPage,
): Promise<ReadonlyArray<Recorded>> => {
  const { events } = await get<Page>(`${pathOf(run)}/events?after=${after}&limit=${limit}`, signal)
  return events.map(EventReading.read)
}

export const begin = (run: string, from: number, { heard, changed }: Listener): (() => void) => {
  const abort = new AbortController()
  let after = from
  let ended = false
  let source: EventSource | undefined
  let timer = 0

  const take = (events: ReadonlyArray<Recorded>): void => {
    const fresh = events.filter(({ position }) => position > after)
    const last = fresh[fresh.length - 1]
    if (last === undefined) return
    after = last.position
    ended ||= last.kind === "run-finished"
    heard(fresh)
  }

  /** The next page is on its way while the one before it is taken in. */
  const pages = async (): Promise<void> => {
    const ask = (from: number) => {
      const page = pageOf(run, from, abort.signal)
      page.catch(() => {})
      return page
    }
    let page = ask(after)
    while (!abort.signal.aborted && !ended) {
      const events = await page
      const isLast = events.length < eventsPerPage
      if (!isLast) page = ask(events[events.length - 1]!.position)
      take(events)
      if (isLast) return
    }
  }

  const later = (ms: number, act: () => Promise<void>): void => {
    if (!abort.signal.aborted) timer = window.setTimeout(() => void act(), ms)
  }
  const finish = (): void => changed("ended")

  const failed = (error: unknown): void => {
    if (abort.signal.aborted) return
    const status = error instanceof Refused ? error.status : 0
    const isForGood = status === 404 || status === 400
    const why = error instanceof Error ? error.message : String(error)
    changed(isForGood ? "absent" : "lost", why, status === 401)
    if (!isForGood) later(againMs, start)
  }

  const poll = async (): Promise<void> => {
    try {
      await pages()
      if (ended) return finish()
      changed("live")
      later(pollMs, poll)
    } catch (error) {
      failed(error)
    }
  }

  /** Whether a stream is what this instance gives us without a token. */
  const isOpen = async (): Promise<boolean> => {
    const response = await fetch(`${pathOf(run)}/events?limit=1`, { signal: abort.signal })
    return response.status !== 401
  }

  const listen = (): void => {
    source = new EventSource(`${pathOf(run)}/events?after=${after}`)
    source.addEventListener("open", () => changed("live"))
    source.addEventListener("message", ({ data }) => take([EventReading.read(JSON.parse(data))]))
    source.addEventListener("end", () => {
      source?.close()
      finish()
    })
    source.addEventListener("error", () => {
      if (abort.signal.aborted || ended) return
      changed("lost", "The connection was lost; it is being taken up again.")
      if (source?.readyState === EventSource.CLOSED) later(againMs, start)
    })
  }

  const start = async (): Promise<void> => {
    source?.close()
    try {
      await pages()
      if (abort.signal.aborted) return
      if (ended) return finish()
      if (Token.get() === "" || (await isOpen())) listen()
      else await poll()
    } catch (error) {
      failed(error)
    }
  }

  changed("loading")
  void start()
  return () => {
    abort.abort()
    window.clearTimeout(timer)
    source?.close()
  }
}
