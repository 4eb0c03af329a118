/** A client of a run's stream of events: comes back where it was, however often it is cut off, until the run ends. */
import * as http from "node:http"

export interface Following {
  /** Positions in the order in which they came. */
  readonly ids: Array<number>
  /** From an event's time to its arrival here, milliseconds, of those that happened while it was connected. */
  readonly delaysMs: Array<number>
  readonly connections: () => number
  /** Breaks the connection; tells whether there was one. */
  readonly cut: () => boolean
  /** By the message `end`, or by 204 where the connection was cut between the last event and that. */
  readonly endedBy: () => "end" | "204" | undefined
  readonly ended: Promise<void>
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const after = (text: string, label: string): string | undefined =>
  text.startsWith(label) ? text.slice(label.length) : undefined

export const follow = (url: () => string, headers: Record<string, string> = {}): Following => {
  const ids: Array<number> = []
  const delaysMs: Array<number> = []
  let connections = 0
  let connection: http.ClientRequest | undefined
  let connectedAtMs = Number.POSITIVE_INFINITY
  let endedBy: "end" | "204" | undefined
  let wrong: Error | undefined

  const take = (message: string): void => {
    if (message.startsWith("event: end\n")) endedBy = "end"
    const [first, second] = message.split("\n")
    const id = after(first!, "id: ")
    const data = after(second ?? "", "data: ")
    if (id === undefined || data === undefined) return
    const { position, occurredAt } = JSON.parse(data)
    if (position !== Number(id)) wrong = new Error(`event ${position} came as ${id}`)
    ids.push(position)
    const occurredAtMs = Date.parse(occurredAt)
    if (occurredAtMs > connectedAtMs) delaysMs.push(Date.now() - occurredAtMs)
  }

  /** Until the connection ends, however it does; what came of a message that was cut off is forgotten. */
  const listen = (): Promise<void> =>
    new Promise((resolve) => {
      const last = ids.length === 0 ? {} : { "last-event-id": String(ids[ids.length - 1]) }
      connection = http.get(url(), {
        agent: false,
        headers: { ...headers, accept: "text/event-stream", ...last },
      })
      connection.on("error", () => resolve())
      connection.on("response", (response) => {
        if (response.statusCode === 204) endedBy ??= "204"
        if (response.statusCode !== 200) {
          response.resume()
          return resolve()
        }
        connections++
        connectedAtMs = Date.now()
        let text = ""
        response.setEncoding("utf8")
        response.on("data", (chunk: string) => {
          const messages = (text + chunk).split("\n\n")
          text = messages.pop()!
          for (const message of messages) take(message)
        })
        response.on("error", () => resolve())
        response.on("close", () => resolve())
      })
    })

  const until = async (): Promise<void> => {
    while (endedBy === undefined && wrong === undefined) {
      await listen()
      if (endedBy === undefined) await pause(50 + Math.random() * 100)
    }
    if (wrong !== undefined) throw wrong
  }
  return {
    ids,
    delaysMs,
    connections: () => connections,
    cut: () => {
      const isOpen = connection !== undefined && !connection.destroyed
      if (isOpen) connection!.destroy()
      return isOpen
    },
    endedBy: () => endedBy,
    ended: until(),
  }
}
