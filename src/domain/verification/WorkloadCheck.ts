/** What the record of a run with a workload must hold besides. */
import type { Logged, MachineEvent } from "../ClockEvent.ts"
import type { Fault } from "../Fault.ts"

export interface WorkloadCheck {
  /** The next event of a machine of the run. */
  readonly step: (event: Logged<MachineEvent>) => void
  readonly fault: (fault: Fault) => void
  /** Whether the run is finished. */
  readonly finish: (isOver: boolean) => void
}
