import { describe, expect, it } from "vitest"
import { isAsked } from "../../src/telemetry/Observation.ts"
import * as Settings from "../../src/telemetry/Settings.ts"

const base = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/otlp/" }

describe("OpenTelemetry's variables", () => {
  it("say where each signal goes: below a base, or exactly where it is said", () => {
    const { traces, metrics, problems } = Settings.decode({
      ...base,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "https://else.where/m",
    })
    expect(traces?.url).toBe("http://collector:4318/otlp/v1/traces")
    expect(metrics?.url).toBe("https://else.where/m")
    expect(problems).toEqual([])
    expect(Settings.decode({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://a/t" }).metrics).toBeUndefined()
    expect(Settings.decode({ ...base, OTEL_METRICS_EXPORTER: "none" }).metrics).toBeUndefined()
  })

  it("ask for telemetry by an endpoint alone, and not where it is disabled", () => {
    expect(isAsked({})).toBe(false)
    expect(isAsked({ OTEL_EXPORTER_OTLP_ENDPOINT: " ", OTEL_SERVICE_NAME: "x" })).toBe(false)
    expect(isAsked(base)).toBe(true)
    expect(isAsked({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://a/m" })).toBe(true)
    expect(isAsked({ ...base, OTEL_SDK_DISABLED: "TRUE" })).toBe(false)
  })

  it("name the service, what else is said of it, and headers", () => {
    const { resource, traces } = Settings.decode({
      ...base,
      OTEL_SERVICE_NAME: "lab",
      OTEL_RESOURCE_ATTRIBUTES: "service.name=other,deployment.environment=a%2Cb",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20x,a=1",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "a=2",
    })
    expect(resource).toMatchObject({ "service.name": "lab", "deployment.environment": "a,b" })
    expect(traces?.headers).toEqual({ authorization: "Basic x", a: "2" })
  })

  it.each([
    [{ OTEL_TRACES_SAMPLER: "always_on", OTEL_TRACES_SAMPLER_ARG: "0.1" }, 1],
    [{ OTEL_TRACES_SAMPLER: "always_off" }, 0],
    [{ OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" }, 0.25],
    [{}, undefined],
  ])("say how many traces go out: %j", (variables, share) => {
    expect(Settings.decode({ ...base, ...variables }).share).toBe(share)
  })

  it.each([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" },
      "such as http://localhost:4318, without a password, found one that begins with collector:",
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://u:secret@a" }, "found one with a password"],
    [
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "localhost" },
      "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: it must be a URL",
    ],
    [{ ...base, OTEL_TRACES_SAMPLER_ARG: "2" }, 'a share from 0 to 1, found "2"'],
    [{ ...base, OTEL_METRIC_EXPORT_INTERVAL: "1s" }, 'milliseconds, 100 at least, found "1s"'],
    [{ ...base, OTEL_EXPORTER_OTLP_HEADERS: "secret" }, "must be name=value pairs"],
    [{ ...base, OTEL_EXPORTER_OTLP_HEADERS: "a b=secret" }, "must be headers of HTTP"],
  ])("that cannot be read are told, without what may be secret: %j", (variables, words) => {
    const { problems } = Settings.decode(variables)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(words)
    expect(problems[0]).not.toContain("secret")
  })
})
