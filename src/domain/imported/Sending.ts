/** A send of a foreign log on its way through the import: what receipts need to know of it. */
export interface Sending {
  readonly machine: number
  /** As the log says it, or as it was derived once the send has its place. */
  lamport: number | null
  readonly atUs: number | null
  /** Numbers; null where the log does not say to whom. */
  recipients: Array<number> | null
  /** 0 until the send has its place in the log. */
  version: number
  occurredAtUs: number
}
