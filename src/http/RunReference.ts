/** The run that a request names. */
import * as Effect from "effect/Effect"
import * as RunId from "../domain/RunId.ts"
import type { Store } from "./StoreAccess.ts"

/** A whole name needs no looking for: whoever reads the run finds out whether it is there. */
export const resolve = (store: Store, reference: string): ReturnType<Store["catalogue"]["resolve"]> =>
  RunId.isWhole(reference) ? Effect.succeed(reference) : store.catalogue.resolve(reference)
