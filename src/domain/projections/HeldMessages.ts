/**
 * Every message that a delivery order held back, once it is received: from when to when, and for which message. While it
 * was held it was in no inbox, and is in no queue length. How many a machine's layer held at a moment: its rows that had
 * come by then and had not been let in. (One that then waited for room in a full inbox is counted as much later.)
 */
import * as Projection from "./Projection.ts"

export const heldMessages = Projection.define({
  name: "held_messages",
  version: 1,
  table: {
    columns: {
      recipient: "integer",
      sender: "integer",
      send_version: "integer",
      came_at: "timestamptz",
      let_in_at: "timestamptz",
      held_us: "bigint",
      held_for: "text",
    },
    key: ["sender", "send_version", "recipient"],
    indexes: [["recipient", "came_at"]],
  },
  initial: () => null,
  apply: (state, event) => {
    if (event.kind !== "received") return Projection.unchanged(state)
    const { sender, sendVersion, arrivedAtUs, heldUs, heldFor } = event.payload
    if (heldUs === undefined || sendVersion === null || arrivedAtUs === null)
      return Projection.unchanged(state)
    const row = {
      recipient: event.machine,
      sender,
      send_version: sendVersion,
      came_at: arrivedAtUs - heldUs,
      let_in_at: arrivedAtUs,
      held_us: heldUs,
      held_for: heldFor ?? null,
    }
    return { state, changes: [Projection.insert(row)] }
  },
})
