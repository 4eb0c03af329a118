/**
 * The engine that makes a virtual run: the flat event loop where network, clocks and machines are plain, otherwise the
 * one that has everything. Where both can make a run they make the same bytes.
 */
import * as Change from "../../domain/Change.ts"
import type { Prefix } from "../../domain/Prefix.ts"
import * as RunConfig from "../../domain/RunConfig.ts"
import * as EventLoop from "./EventLoop.ts"
import * as ModelledLoop from "./ModelledLoop.ts"

export type Engine = EventLoop.EventLoop

/** A configuration that goes on from copied events needs them. */
export const make = (config: RunConfig.RunConfig, prefix?: Prefix): Engine => {
  if (Change.copied(config.changes) > 0 && prefix === undefined)
    throw new Error("Cannot make a run that goes on from copied events: they must be given, found none")
  return RunConfig.isPlain(config) ? EventLoop.make(config) : ModelledLoop.make(config, { prefix })
}

/** All records that an engine makes, part by part; each is valid until the next is asked for. */
export function* recordsOf(config: RunConfig.RunConfig, engine = make(config)): Generator<Uint8Array, void> {
  for (let records = engine.next(); records.length > 0; records = engine.next()) yield records
}
