/**
 * Whom a signal is sent to: OTLP over HTTP, as JSON. A collector that does not answer, or asks to be left in peace, is
 * tried again later with the same; what it refuses is let go.
 */
import * as Limits from "../domain/Limits.ts"
import type { Destination } from "./Settings.ts"

export type Outcome = "taken" | "refused" | "later"

/** Answers by which the specification lets the same be sent again. */
const again = new Set([429, 502, 503, 504])

const reasonOf = (error: unknown): string => {
  const { cause, name, message } = error as Error & { cause?: { code?: string; message?: string } }
  if (name === "TimeoutError" || name === "AbortError") return "it did not answer in time"
  return cause?.code ?? cause?.message ?? message
}

/** `onTrouble` hears of every failure. */
export const send = async (
  { url, headers }: Destination,
  body: string,
  signal: AbortSignal,
  onTrouble: (reason: string) => void,
): Promise<Outcome> => {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(Limits.telemetryTimeoutMs)]),
    })
    await response.body?.cancel()
    if (response.ok) return "taken"
    onTrouble(`it answered ${response.status}`)
    return again.has(response.status) ? "later" : "refused"
  } catch (error) {
    onTrouble(reasonOf(error))
    return "later"
  }
}
