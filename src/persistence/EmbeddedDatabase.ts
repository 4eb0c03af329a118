/** The embedded store as a database: the owner's pool past the gate's limits, strangers through them. */
import * as Effect from "effect/Effect"
import { StoreUnreachable } from "./StoreError.ts"
import * as Data from "effect/Data"
class StoreMissing extends Data.TaggedError("StoreMissing")<{}> {}
export const openEmbedded = (_: { directory: string; access: "read" | "write"; onNotice: (t: string) => void }): Effect.Effect<import("./Database.ts").Database, StoreUnreachable | StoreMissing> =>
  Effect.fail(new StoreUnreachable({ where: "x", reason: "not yet", cause: undefined }))
