/**
 * Lightcone as a library: the pure half of the laboratory, for those who build on its model rather than run
 * its command. A module is a namespace, as in Effect:
 *
 *     import { Machine, Verification } from "lightcone"
 *
 *     const start = Machine.initial({ seed: 7, machine: 1, sides: 10, peerA: 2, peerB: 3 })
 *     const event = Machine.decide(start, { input: "tick", taken: undefined, atUs: 0, queueLength: 0 })
 *     const next = Machine.evolve(start, event)
 *
 * Nothing here knows a clock, a socket or a store. A machine decides and evolves, `Verification` and
 * `Statistics` fold over the events of a run, `Digest` encodes them, and `EventLog` is the port that a store
 * implements.
 */

export * as Causality from "./domain/Causality.ts"
export * as ClockEvent from "./domain/ClockEvent.ts"
export * as Digest from "./domain/Digest.ts"
export * as EventLog from "./domain/EventLog.ts"
export * as EventPayload from "./domain/EventPayload.ts"
export * as LamportClock from "./domain/LamportClock.ts"
export * as Limits from "./domain/Limits.ts"
export * as Machine from "./domain/Machine.ts"
export type * as Message from "./domain/Message.ts"
export * as Pattern from "./domain/Pattern.ts"
export * as Prediction from "./domain/Prediction.ts"
export { defineConfig, type LightconeConfig } from "./domain/projections/LightconeConfig.ts"
export * as Projection from "./domain/projections/Projection.ts"
export { registry as projections } from "./domain/projections/Registered.ts"
export * as Random from "./domain/Random.ts"
export * as Reach from "./domain/Reach.ts"
export * as Replay from "./domain/Replay.ts"
export * as RunConfig from "./domain/RunConfig.ts"
export * as RunId from "./domain/RunId.ts"
export * as Schedule from "./domain/Schedule.ts"
export * as Statistics from "./domain/Statistics.ts"
export * as Topology from "./domain/Topology.ts"
export * as Verification from "./domain/Verification.ts"
