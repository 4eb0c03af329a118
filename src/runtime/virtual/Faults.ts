/** What the faults of a run's configuration do to its machines and its network. */
import type { Fault } from "../../domain/Fault.ts"
import type { ModelledMachine } from "./ModelledMachine.ts"
import type { ModelledNetwork } from "./ModelledNetwork.ts"

type Machines = (machine: number) => ModelledMachine

/** What waits at the door of a link's recipient and came over that link is taken away. */
const fromDoor =
  (machines: Machines) =>
  ({ sender, recipient }: { readonly sender: number; readonly recipient: number }) =>
    machines(recipient).door.remove((packet) => packet.sender === sender)

const ofMachine = (
  { fault, machine: number, atUs }: Extract<Fault, { machine: number }>,
  machines: Machines,
  network: ModelledNetwork,
): void => {
  const machine = machines(number)
  if (fault === "pause") machine.pause()
  if (fault === "resume") machine.unpause(atUs)
  if (fault === "crash") {
    const inbox = machine.crash(atUs)
    if (inbox !== undefined) network.crash(number, inbox, fromDoor(machines))
  }
  if (fault === "restart") {
    machine.restart(atUs)
    network.restart(number, atUs)
  }
}

const ofLink = (
  fault: Exclude<Fault, { machine: number }>,
  machines: Machines,
  network: ModelledNetwork,
): void => {
  const { from, to, atUs } = fault
  if (fault.fault === "cut") network.cut(from, to, fromDoor(machines)({ sender: from, recipient: to }))
  if (fault.fault === "delay") network.delay(from, to, fault.delayUs)
  if (fault.fault === "heal") network.heal(from, to, atUs)
}

/** `machines` gives a machine by its number. */
export const carryOut = (fault: Fault, machines: Machines, network: ModelledNetwork): void => {
  if ("machine" in fault) ofMachine(fault, machines, network)
  else ofLink(fault, machines, network)
}
