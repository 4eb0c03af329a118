/** What is told of a projection that failed: the event, and a test that shows it, ready to paste. */
import { address } from "../domain/ClockEvent.ts"
import type { Failure } from "../persistence/projection/Cursor.ts"

const indented = (value: unknown): string => JSON.stringify(value, undefined, 2).replaceAll("\n", "\n  ")

const exportedName = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** Of the position before, given; of the event, when; of what should be, then. */
export const test = ({ projection, event, state }: Failure): string => {
  const name = exportedName(projection.name)
  return `it("${projection.name} takes ${address(event)}, ${event.kind}", () => {
  const given = ${indented(state)}
  const when = ${indented(event)}
  expect(${name}.apply(given, when)).toEqual({ state: given, changes: [] }) // then: what it should be
})`
}

export const told = (failure: Failure): string => {
  const { projection, run, event, reason } = failure
  return `projection ${projection.name} failed at event ${address(event)}, position ${event.position} of run ${run}: ${reason}
It stops there in this run, and goes on from there when it has been mended; everything else goes on.
The event: ${JSON.stringify(event)}
A test that shows it:

${test(failure)}
`
}

/** Of further runs, so that one mistake does not fill the screen. */
export const toldAgain = ({ projection, run, event }: Failure): string =>
  `projection ${projection.name} failed in run ${run} too, at event ${address(event)}, position ${event.position}`
