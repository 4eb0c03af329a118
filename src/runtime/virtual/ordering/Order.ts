/**
 * What a delivery order decides, for all machines of a modelled run. A message is *passed on* when it goes from the
 * layer to the inbox, and *taken* when a tick receives it; what a machine sends afterwards depends on it only then.
 *
 * That the layers of all machines stand in one object is the model's convenience: each looks at nothing but what its
 * machine has sent and had, and at what a message carries.
 */
import type { Packet } from "../ModelledMachine.ts"
import type { Notices } from "./Notices.ts"

export interface Order {
  /** The messages of one send, before any of them leaves. */
  readonly sent: (packets: ReadonlyArray<Packet>, atUs: number) => void
  /** Whether all that must come before it has been passed on to its recipient. */
  readonly isNext: (packet: Packet) => boolean
  readonly passedOn: (packet: Packet) => void
  readonly taken: (packet: Packet) => void
  /** Messages of the protocol itself, where there are any. */
  readonly notices?: Notices
}
