/** What each invariant of a run says, for people. */
import type { Verdict } from "../Verification.ts"

/** Names what each invariant says, in one line each. */
export const invariants: Readonly<Record<Verdict["checks"][number]["invariant"], string>> = {
  log: "positions and versions are gap-free; the clock follows the rule",
  "clock-condition": "what happened before has the smaller clock",
  messages: "every receipt has its send, none twice, links are FIFO, the account closes",
  delivery: "messages are received in the run's delivery order",
  queues: "recorded queue lengths equal arrivals minus takings minus drops",
  schedule: "ticks made and missed are what was due, none before its time",
  "mutual-exclusion": "critical sections do not overlap, and are entered in the order of requests",
  snapshots: "every snapshot is a consistent cut, and holds what was on its way across it",
}
