/** How clock events are told in a line of text. */
import { type AnyClockEvent, address } from "../domain/ClockEvent.ts"
import type * as Address from "../domain/causality/Address.ts"
import * as MachineList from "../domain/MachineList.ts"
import * as Purpose from "../domain/Purpose.ts"
import * as MachineNames from "../persistence/inquiry/MachineNames.ts"
import * as NameInLine from "./NameInLine.ts"

/** Why the send of a receipt is not known. */
const unknown: Readonly<Record<string, string>> = {
  missing: "whose send is not in the log",
  "none-fits": "that no send in the log fits",
}

const mostOfLabel = 200

/** How the events of a run are told: the name of a machine, where it has one, beside its first event. */
export interface Telling {
  /** An event with its clock, such as "2/17 (L = 9)". */
  readonly withClock: (point: Address.Point) => string
  /** What it was. */
  readonly what: (event: AnyClockEvent) => string
}

export const telling = (names: ReadonlyArray<string> = []): Telling => {
  const told = new Set<number>()
  /** A name that was not told yet. */
  const fresh = (machine: number): string | undefined => {
    if (told.has(machine)) return undefined
    told.add(machine)
    const name = MachineNames.nameOf(names, machine)
    if (name === undefined) return undefined
    return NameInLine.inLine(/^\d+$/.test(name) ? `machine ${name}` : name)
  }
  const beside = (machine: number, word: string): string => {
    const name = fresh(machine)
    return name === undefined ? word : `${word} (${name})`
  }

  const did = (event: AnyClockEvent): string => {
    if (event.kind === "internal") return "internal"
    if (event.kind === "sent") {
      const { recipients } = event.payload
      const listed = recipients.map((recipient) => beside(recipient, String(recipient)))
      return listed.length === 0 ? "sent to nobody known" : `sent to ${MachineList.inWords(listed)}`
    }
    const { sender, sendVersion, match } = event.payload
    if (sendVersion !== null) {
      const found = match === "one-of-several" ? ", one of several sends that fit" : ""
      return `received ${beside(sender, `${sender}/${sendVersion}`)}${found}`
    }
    const from = sender === null ? "" : ` of machine ${beside(sender, String(sender))}`
    return `received a message${from} ${unknown[match ?? ""] ?? "whose send the log does not tell"}`
  }

  return {
    withClock: (point) => {
      const name = fresh(point.machine)
      const clock = point.lamport === null ? "no clock" : `L = ${point.lamport}`
      return `${address(point)} (${name === undefined ? "" : `${name}, `}${clock})`
    },
    what: (event) => {
      const said = Purpose.said(event.payload)
      return said === undefined ? did(event) : `${did(event)} (${NameInLine.inLine(said, mostOfLabel)})`
    },
  }
}

/** The same where machines have no names. */
export const withClock = (point: Address.Point): string => telling().withClock(point)
