/** What a machine is called: a name that is a number says less than "machine 2". */
export const called = (name: string | undefined, machine: number): string =>
  name === undefined || /^\d+$/.test(name) ? `machine ${name ?? machine}` : name

const longest = 12

/** For a drawing. Names that differ mostly do so at their ends. */
export const shortened = (name: string, most = longest): string =>
  name.length <= most ? name : `\u2026${name.slice(1 - most)}`

/** What stands at a machine's line: its name, or its number. */
export const short = (name: string | undefined, machine: number, most = longest): string =>
  shortened(name ?? String(machine), most)
