/** The delivery order of a run; none where messages are handed on as they come. */
import * as Pattern from "../../../domain/Pattern.ts"
import type { Reach } from "../../../domain/Reach.ts"
import type { RunConfig } from "../../../domain/RunConfig.ts"
import { AgreedOrder } from "./AgreedOrder.ts"
import { CausalOrder } from "./CausalOrder.ts"
import type { Order } from "./Order.ts"
import { SenderOrder } from "./SenderOrder.ts"

export const of = (config: RunConfig, reach: Reach): Order | undefined => {
  switch (config.delivery) {
    case "fifo":
      return new SenderOrder(reach)
    case "causal":
      return new CausalOrder(reach, Pattern.parse(config.pattern)!.kind === "broadcast")
    case "total":
      return new AgreedOrder(config)
    case undefined:
      return undefined
  }
}
