/** What the operating system did not give: descriptors or ports, with the limit and how to raise it. */
import { readFileSync } from "node:fs"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Limits from "../../domain/Limits.ts"

export class PortsExhausted extends Data.TaggedError("PortsExhausted")<{ readonly message: string }> {}

/** Open files that a run of this size needs: a socket a machine, two a link, and what the process itself has. */
export const descriptorsNeeded = (machines: number, links: number): number => machines + 2 * links + 64

/** The soft limit of open files, where the system tells it (Linux). */
export const descriptorLimit = (): number | undefined => {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))
    return line === null ? undefined : Number(line[1])
  } catch {
    return undefined
  }
}

/** Connections of others that may be open beside a run's own, so that they never take what it needs. */
export const mayBeUnproven = (machines: number, links: number): number => {
  const limit = descriptorLimit() ?? Number.POSITIVE_INFINITY
  const half = Math.floor((limit - descriptorsNeeded(machines, links)) / 2)
  return Math.max(Limits.minUnprovenConnections, Math.min(Limits.maxUnprovenConnections, half))
}

export const checkDescriptors = (machines: number, links: number): Effect.Effect<void, PortsExhausted> =>
  Effect.suspend(() => {
    const limit = descriptorLimit()
    const needed = descriptorsNeeded(machines, links)
    return limit === undefined || needed <= limit
      ? Effect.void
      : Effect.fail(
          new PortsExhausted({
            message: `Cannot start ${machines} machines with ${links} links: they need ${needed} open files, and this process may have ${limit}; raise the limit with "ulimit -n ${needed}" or run fewer machines`,
          }),
        )
  })

const advice: Readonly<Record<string, string>> = {
  EMFILE: 'this process may open no more files; raise the limit with "ulimit -n"',
  ENFILE: "the system may open no more files; raise the sysctl fs.file-max",
  EADDRINUSE: "no loopback port is free; widen the sysctl net.ipv4.ip_local_port_range",
  EADDRNOTAVAIL: "no loopback port is free; widen the sysctl net.ipv4.ip_local_port_range",
  ENOBUFS: "the system has no socket buffers left; raise the sysctl net.core.wmem_max or run fewer machines",
}

export const isExhaustion = (code: string | undefined): boolean => code !== undefined && code in advice

export const bindFailed = (machine: number, error: NodeJS.ErrnoException): PortsExhausted =>
  new PortsExhausted({
    message: `Cannot open a socket for machine ${machine}: ${advice[error.code ?? ""] ?? error.message}`,
  })
