/** What a command under torture says, and the log that it left. */
import type { Logged } from "../../src/domain/ClockEvent.ts"
import * as OwnLog from "../../src/interchange/import/OwnLog.ts"
import { command, type Place } from "./Lives.ts"

export const runName = /^run ([a-z0-9]{12}), seed/m

export const tail = (text: string): string => text.trim().split("\n").at(-1)!.slice(0, 300)

export const read = async (place: Place, run: string): Promise<ReadonlyArray<Logged>> => {
  const { stdout } = await command(place, ["events", run, "--json", "-q"])
  return stdout
    .split("\n")
    .filter((text) => text !== "")
    .map((text, i) => OwnLog.eventOf(text, i + 1, i + 1) as Logged)
}
