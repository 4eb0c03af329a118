/** An event's address, machine/version: where it stands in its machine's stream, not its position in the log. */
export interface Address {
  readonly machine: number
  readonly version: number
}

/** A clock event as paths and chains name it. */
export interface Point extends Address {
  /** Null where an imported log does not say it. */
  readonly lamport: number | null
}

export interface Clocked extends Point {
  readonly lamport: number
}

export const pointOf = <P extends Point>({ machine, version, lamport }: P) => ({
  machine,
  version,
  lamport: lamport as P["lamport"],
})

export const same = (a: Address, b: Address): boolean => a.machine === b.machine && a.version === b.version

/** Machines and versions are Postgres' integers. */
const largest = 2_147_483_647

/** The address that a text such as 2/17 names; undefined where it is none. */
export const parse = (text: string): Address | undefined => {
  const match = /^(0|[1-9]\d{0,9})\/([1-9]\d{0,9})$/.exec(text)
  if (match === null) return undefined
  const [machine, version] = [Number(match[1]), Number(match[2])]
  return machine <= largest && version <= largest ? { machine, version } : undefined
}
