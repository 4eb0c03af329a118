/** What a machine is called: a name that is its number says less than "machine 2". */
export const called = (name: string | undefined, machine: number): string =>
  name === undefined || name === String(machine) ? `machine ${machine}` : name

const longest = 8

/** For the margin of a drawing. */
export const shortened = (name: string): string =>
  name.length <= longest ? name : `${name.slice(0, longest - 1)}\u2026`
