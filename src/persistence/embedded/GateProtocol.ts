/** What the process that holds a store and its gate thread say to each other. */

export interface GateStart {
  readonly pgdata: string
  /** Directory for Unix sockets; undefined: TCP on the loopback. */
  readonly socketDirectory: string | undefined
  readonly ownerPassword: string
  /** Wanted of readers on TCP, where file permissions protect nothing. */
  readonly readerPassword: string | undefined
  readonly readerLimitMs: number
}

export type GateCommand = { readonly kind: "listen" } | { readonly kind: "close" }

export type GateEvent =
  | { readonly kind: "ready"; readonly readerPort: number; readonly ownerPort: number }
  /** The store could not be opened, or was lost later. */
  | { readonly kind: "failed"; readonly operation: "listen" | "start" | "run"; readonly reason: string }
  | { readonly kind: "closed" }
