/** A client of a run's stream of events: comes back where it was, however often it is cut off, until the run ends. */
export interface Following {
  /** Positions in the order in which they came. */
  readonly ids: Array<number>
  /** From an event's time to its arrival here, milliseconds. */
  readonly delaysMs: Array<number>
  readonly connections: () => number
  /** Breaks the connection, if there is one. */
  readonly cut: () => void
  readonly ended: Promise<void>
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const follow = (url: () => string, headers: Record<string, string> = {}): Following => {
  const ids: Array<number> = []
  const delaysMs: Array<number> = []
  let connections = 0
  let connection = new AbortController()
  let over = false

  const take = (message: string): void => {
    if (/^event: end$/m.test(message)) over = true
    const id = /^id: (\d+)$/m.exec(message)?.[1]
    const data = /^data: (.*)$/m.exec(message)?.[1]
    if (id === undefined || data === undefined) return
    const { position, occurredAt } = JSON.parse(data)
    if (position !== Number(id)) throw new Error(`event ${position} came as ${id}`)
    ids.push(position)
    delaysMs.push(Date.now() - Date.parse(occurredAt))
  }

  /** Until the connection ends, however it does; what came of a message that was cut off is forgotten. */
  const listen = async (): Promise<void> => {
    connection = new AbortController()
    const last = ids.length === 0 ? {} : { "last-event-id": String(ids[ids.length - 1]) }
    const response = await fetch(url(), {
      headers: { ...headers, accept: "text/event-stream", ...last },
      signal: connection.signal,
    })
    if (response.status === 204) over = true
    if (response.status !== 200 || response.body === null) return
    connections++
    let text = ""
    const decoder = new TextDecoder()
    for await (const chunk of response.body) {
      text += decoder.decode(chunk as Uint8Array, { stream: true })
      const messages = text.split("\n\n")
      text = messages.pop()!
      for (const message of messages) take(message)
    }
  }

  const until = async (): Promise<void> => {
    while (!over) {
      await listen().catch((error: Error) => {
        if (/came as/.test(error.message)) throw error
      })
      if (!over) await pause(50 + Math.random() * 100)
    }
  }
  return { ids, delaysMs, connections: () => connections, cut: () => connection.abort(), ended: until() }
}
