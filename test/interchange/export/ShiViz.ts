/**
 * What ShiViz (github.com/DistributedClocks/shiviz) does with a file: its reading of the first two lines, and the rules
 * that it checks before it draws anything. Written from its documentation and behaviour.
 */

/** What it takes where the first line is empty. */
export const defaultExpression = "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})"

export interface ShiVizEvent {
  readonly host: string
  readonly clock: Readonly<Record<string, number>>
  readonly event: string
}

export const parse = (text: string, expression: string): ReadonlyArray<ShiVizEvent> =>
  [...text.trim().matchAll(new RegExp(expression, "gm"))].map(({ groups }) => ({
    host: groups!.host!,
    event: groups!.event!,
    clock: JSON.parse(groups!.clock!),
  }))

/** A file that is selected: expression, delimiter of executions, log. */
export const open = (file: string) => {
  const [first, second] = file.split("\n", 2)
  const expression = first!.trim() === "" ? defaultExpression : first!
  const log = file.slice(first!.length + second!.length + 2)
  return { expression, delimiter: second!.trim(), log, events: parse(log, expression) }
}

/** The first rule that is broken, if one is. */
export const complaint = (events: ReadonlyArray<ShiVizEvent>): string | undefined => {
  if (events.length === 0) return "captures no events"
  const lengths = new Map<string, number>()
  // A host that every object has a property of is lost in its tables.
  for (const { host } of events) {
    if (host in {}) return `${host} is no host`
    lengths.set(host, (lengths.get(host) ?? 0) + 1)
  }
  const seen = new Map<string, number>()
  for (const { host, clock } of events) {
    if (!Object.hasOwn(clock, host)) return `${host} is missing from its timestamp`
    const count = (seen.get(host) ?? 0) + 1
    seen.set(host, count)
    if (clock[host] !== count) return `${host} must go to ${count}, goes to ${clock[host]}`
    for (const [other, time] of Object.entries(clock)) {
      const length = lengths.get(other)
      if (length === undefined) return `${other} is unrecognised`
      if (!Number.isInteger(time) || time < 1 || time > length) return `${other} has no time ${time}`
    }
  }
  return undefined
}
