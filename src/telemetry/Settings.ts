/**
 * What OpenTelemetry's variables ask for, as its specification reads them. What cannot be read is told and left out:
 * telemetry never keeps anything from being done.
 */
import * as Limits from "../domain/Limits.ts"
import type { Variables } from "./Observation.ts"
import type { Value } from "./Span.ts"

export interface Destination {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

export interface Settings {
  readonly traces: Destination | undefined
  readonly metrics: Destination | undefined
  readonly resource: Readonly<Record<string, Value>>
  /** The share of traces that goes out, 0..1, where it was asked for. */
  readonly share: number | undefined
  readonly metricIntervalMs: number
  /** What could not be read, in whole sentences. */
  readonly problems: ReadonlyArray<string>
}

type Complain = (name: string, must: string, found: string) => void

const given = (variables: Variables, name: string): string | undefined => {
  const text = variables[name]?.trim()
  return text === "" ? undefined : text
}

/** `key=value,key=value`, percent-encoded; undefined where it is not that. */
const pairs = (text: string): Record<string, string> | undefined => {
  const found: Record<string, string> = {}
  for (const pair of text.split(",").filter((part) => part.trim() !== "")) {
    const at = pair.indexOf("=")
    if (at < 1) return undefined
    try {
      found[pair.slice(0, at).trim()] = decodeURIComponent(pair.slice(at + 1).trim())
    } catch {
      return undefined
    }
  }
  return found
}

const pairsOf = (variables: Variables, name: string, complain: Complain): Record<string, string> => {
  const text = given(variables, name)
  const found = text === undefined ? {} : pairs(text)
  // Their values may be secret.
  if (found === undefined)
    complain(name, "must be name=value pairs, percent-encoded, between commas", "others")
  return found ?? {}
}

/** What is wrong with a URL; nothing of it that may be secret. */
const faultOf = (text: string): string | undefined => {
  if (!URL.canParse(text)) return "no URL"
  const { protocol, username, password } = new URL(text)
  if (!/^https?:$/.test(protocol)) return `one that begins with ${protocol}`
  return username === "" && password === "" ? undefined : "one with a password"
}

const areHeaders = (headers: Record<string, string>): boolean => {
  try {
    return new Headers(headers) !== undefined
  } catch {
    return false
  }
}

const destination = (
  variables: Variables,
  signal: "traces" | "metrics",
  complain: Complain,
): Destination | undefined => {
  const [ofAll, ofOne] = ["OTEL_EXPORTER_OTLP", `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}`]
  if (given(variables, `OTEL_${signal.toUpperCase()}_EXPORTER`) === "none") return undefined
  const whole = given(variables, `${ofOne}_ENDPOINT`)
  const base = given(variables, `${ofAll}_ENDPOINT`)
  const text = whole ?? base
  if (text === undefined) return undefined
  const fault = faultOf(text)
  if (fault !== undefined) {
    const name = whole === undefined ? `${ofAll}_ENDPOINT` : `${ofOne}_ENDPOINT`
    complain(name, "must be a URL such as http://localhost:4318, without a password", fault)
    return undefined
  }
  const url = new URL(text)
  if (whole === undefined) url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/${signal}`
  const headers = {
    ...pairsOf(variables, `${ofAll}_HEADERS`, complain),
    ...pairsOf(variables, `${ofOne}_HEADERS`, complain),
  }
  if (areHeaders(headers)) return { url: url.href, headers }
  complain(`${ofAll}_HEADERS`, "must be headers of HTTP", "others")
  return { url: url.href, headers: {} }
}

const shareOf = (variables: Variables, complain: Complain): number | undefined => {
  const sampler = given(variables, "OTEL_TRACES_SAMPLER")?.replace(/^parentbased_/, "")
  if (sampler === "always_on") return 1
  if (sampler === "always_off") return 0
  const text = given(variables, "OTEL_TRACES_SAMPLER_ARG")
  if (text === undefined) return undefined
  const share = Number(text)
  if (share >= 0 && share <= 1) return share
  complain("OTEL_TRACES_SAMPLER_ARG", "must be a share from 0 to 1", JSON.stringify(text.slice(0, 40)))
  return undefined
}

const intervalOf = (variables: Variables, complain: Complain): number => {
  const text = given(variables, "OTEL_METRIC_EXPORT_INTERVAL")
  if (text === undefined) return Limits.metricExportIntervalMs
  const interval = Number(text)
  if (Number.isInteger(interval) && interval >= 100 && interval < 2 ** 31) return interval
  complain(
    "OTEL_METRIC_EXPORT_INTERVAL",
    "must be milliseconds, 100 at least",
    JSON.stringify(text.slice(0, 40)),
  )
  return Limits.metricExportIntervalMs
}

export const decode = (variables: Variables): Settings => {
  const problems = new Set<string>()
  const complain: Complain = (name, must, found) =>
    problems.add(`Cannot use ${name}: it ${must}, found ${found}; telemetry goes without it`)
  const name = given(variables, "OTEL_SERVICE_NAME")
  return {
    traces: destination(variables, "traces", complain),
    metrics: destination(variables, "metrics", complain),
    resource: {
      "service.name": "lightcone",
      "service.instance.id": crypto.randomUUID(),
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.name": "lightcone",
      ...pairsOf(variables, "OTEL_RESOURCE_ATTRIBUTES", complain),
      ...(name === undefined ? {} : { "service.name": name }),
    },
    share: shareOf(variables, complain),
    metricIntervalMs: intervalOf(variables, complain),
    problems: [...problems],
  }
}
