import * as EventLogMemory from "../../src/persistence/EventLogMemory.ts"
import { eventLogContract } from "./EventLog.contract.ts"

let nowMs = 0
const log = EventLogMemory.make(() => nowMs)

eventLogContract("in memory", () => ({
  log,
  expireLease: async () => {
    nowMs += 10_001
  },
}))
