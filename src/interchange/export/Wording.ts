/** Words that formats share: what an event was, and texts that neither break a line nor command a terminal. */
import type { AnyClockEvent } from "../../domain/ClockEvent.ts"

export type Names = (machine: number) => string

/** `internal`, `send to 2, 3`, `receive from 1`; of a message of nobody known, `receive`. */
export const what = (event: AnyClockEvent, nameOf: Names): string => {
  if (event.kind === "internal") return "internal"
  if (event.kind === "sent") {
    const { recipients } = event.payload
    return recipients.length === 0 ? "send" : `send to ${recipients.map(nameOf).join(", ")}`
  }
  const { sender } = event.payload
  return sender === null ? "receive" : `receive from ${nameOf(sender)}`
}

const breaking = /[\p{Cc}\u2028\u2029]/u
const everyBreaking = /[\p{Cc}\u2028\u2029]/gu

/** A text on one line. */
export const oneLine = (text: string): string =>
  breaking.test(text) ? text.replace(everyBreaking, " ") : text

const plain = /^[ !#-[\]-~]*$/

/** A text as JSON has it; what a terminal would obey is escaped too. */
export const jsonText = (text: string): string =>
  plain.test(text)
    ? `"${text}"`
    : JSON.stringify(text).replace(
        /[\u007f-\u009f\u2028\u2029]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
      )
