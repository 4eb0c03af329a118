/** What theory says of a configuration that nobody has run yet. */
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import * as Limits from "../domain/Limits.ts"
import { comparer, isForetold } from "../domain/prediction/Comparison.ts"
import * as Reach from "../domain/Reach.ts"
import * as Answering from "./Answering.ts"
import { api } from "./Api.ts"
import * as Configuration from "./Configuration.ts"

export const layer = HttpApiBuilder.group(api, "theory", (handlers) =>
  handlers.handle("foretell", ({ urlParams }) =>
    Answering.storeless(
      Effect.gen(function* () {
        const config = yield* Configuration.parse(urlParams.config)
        if (config.machines > Limits.maxForetoldPerRequest)
          return yield* new Answering.InvalidField({
            field: "machines",
            problem: `must be at most ${Limits.maxForetoldPerRequest} to be foretold in a request, found ${config.machines}`,
          })
        if (config.workload !== undefined)
          return yield* new Answering.InvalidField({
            field: "workload",
            problem: `must be left out to be foretold, as the theory is of the dice, found ${config.workload}`,
          })
        if (!isForetold(config))
          return yield* new Answering.InvalidField({
            field: "topology",
            problem: `must make at most ${Limits.maxForetoldLinks} links to be foretold, found ${Reach.links(config)}`,
          })
        const { prediction } = comparer(config)
        return { config, prediction }
      }),
    ),
  ),
)
