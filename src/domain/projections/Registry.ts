/** The projections that every run keeps, a line each. */
export { clockHistory } from "./ClockHistory.ts"
export { heldMessages } from "./HeldMessages.ts"
export { machines } from "./Machines.ts"
export { messages } from "./Messages.ts"
export { predictions } from "./Predictions.ts"
export { queueLengths } from "./QueueLengths.ts"
