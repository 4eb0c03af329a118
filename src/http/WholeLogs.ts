/** The turns of requests that read a whole log: each holds what it collects, whatever it is made of. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"
import * as Limits from "../domain/Limits.ts"
import * as AtOnce from "./AtOnce.ts"

export class WholeLogs extends Context.Tag("lightcone/http/WholeLogs")<WholeLogs, AtOnce.Turn>() {}

export const layer = Layer.effect(
  WholeLogs,
  AtOnce.make("requests for a whole log", Limits.maxWholeLogsAtOnce, Limits.maxWholeLogsWaiting),
)
