/** What a machine does at a tick when it takes no message: a send, or without recipients an internal event. */
import type { Purposed } from "../Purpose.ts"

export interface Deed {
  readonly recipients: ReadonlyArray<number>
  readonly remarks: Purposed
}

const nobody: ReadonlyArray<number> = []

export const internal = (remarks: Purposed = {}): Deed => ({ recipients: nobody, remarks })

export const send = (recipients: ReadonlyArray<number>, remarks: Purposed = {}): Deed => ({
  recipients,
  remarks,
})
