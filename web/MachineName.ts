/** What a machine is called: a name that is its number says less than "machine 2". */
export const called = (name: string | undefined, machine: number): string =>
  name === undefined || name === String(machine) ? `machine ${machine}` : name

const longest = 6

/** For the margin of a drawing. Names that differ mostly do so at their ends. */
export const shortened = (name: string): string =>
  name.length <= longest ? name : `\u2026${name.slice(1 - longest)}`
