/** What a figure shows, as rows for a CSV: the first row names the columns. */
import { messageStates, type RunData, type Series } from "../src/interchange/report/ReportData.ts"

type Row = ReadonlyArray<string | number | null>

const seconds = (us: number): string => (us / 1_000_000).toFixed(6)

/** Of the axis: seconds, or events where it is the order of the log. */
const unitOf = ({ axis }: RunData): string => (axis === "time" ? "seconds" : "order")

function* series(name: string, run: RunData, all: ReadonlyArray<Series>): Generator<Row> {
  yield ["machine", unitOf(run), name]
  for (const { machine, atUs, values } of all)
    for (const [i, us] of atUs.entries()) yield [machine, seconds(us), values[i]!]
}

function* messages(run: RunData): Generator<Row> {
  const { events, messages } = run.diagram
  const unit = run.axis === "time" ? "s" : "order"
  yield [
    "sender",
    "send_version",
    "recipient",
    "sent_lamport",
    `sent_${unit}`,
    "arrived_s",
    "state",
    "end_version",
    `end_${unit}`,
  ]
  for (const [k, send] of messages.send.entries()) {
    const end = messages.end[k]!
    const arrivedUs = messages.arrivedUs[k]!
    yield [
      events.machine[send]!,
      events.version[send]!,
      messages.recipient[k]!,
      events.lamport[send]!,
      seconds(events.atUs[send]!),
      arrivedUs < 0 ? null : seconds(arrivedUs),
      messageStates[messages.state[k]!]!,
      end < 0 ? null : events.version[end]!,
      end < 0 ? null : seconds(events.atUs[end]!),
    ]
  }
}

function* distribution({ jumps }: RunData): Generator<Row> {
  yield ["machine", "jump", "clock_events"]
  for (const [i, sizes] of jumps.distribution.entries())
    for (const [size, count] of sizes) yield [i + 1, size, count]
}

function* latency({ latency: { perDecade, network, queueing } }: RunData): Generator<Row> {
  yield ["machine", "part", "from_us", "to_us", "messages"]
  for (const [part, machines] of [
    ["network", network],
    ["inbox", queueing],
  ] as const)
    for (const [i, bins] of machines.entries())
      for (const [bin, count] of bins.entries())
        if (count > 0)
          yield [
            i + 1,
            part,
            Math.round(10 ** (bin / perDecade)),
            Math.round(10 ** ((bin + 1) / perDecade)),
            count,
          ]
}

export const of = (figure: string, run: RunData): Iterable<Row> => {
  switch (figure) {
    case "space-time":
      return messages(run)
    case "clocks":
      return series("lamport", run, run.clocks)
    case "drift":
      return series("behind", run, run.drift)
    case "queues":
      return series("queue_length", run, run.queues)
    case "jumps":
      return distribution(run)
    default:
      return latency(run)
  }
}
