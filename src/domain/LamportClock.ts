/**
 * Lamport's logical clock (Lamport 1978, "Time, Clocks, and the Ordering of Events in a Distributed System",
 * rules IR1 and IR2): it counts events, and a receipt goes beyond the clock that the message carries.
 */
export type LamportClock = number

export const initial: LamportClock = 0

/** IR1: an event of the machine itself. */
export const tick = (clock: LamportClock): LamportClock => clock + 1

/** IR2: the receipt of a message that carries `received`. */
export const receive = (clock: LamportClock, received: LamportClock): LamportClock =>
  (received > clock ? received : clock) + 1
