/** What the gate and PGlite's thread say to each other. */

/** What a PGlite thread is started with. `unsentBytes` counts answers that have not reached their clients. */
export interface EngineStart {
  readonly pgdata: string
  readonly unsentBytes: SharedArrayBuffer
  readonly maxUnsentBytes: number
}

export type EngineCommand =
  /** Comes first; until then the thread only loads its code, so that this can go on beside other work. */
  | { readonly kind: "open"; readonly module: WebAssembly.Module }
  /** `bytes` are whole messages of a client; nothing is said of the answer where it is `silent`. */
  | { readonly kind: "execute"; readonly bytes: Uint8Array; readonly silent: boolean }
  | { readonly kind: "close" }

export type EngineEvent =
  | { readonly kind: "ready"; readonly serverVersion: string }
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  /** `diskFull` is the server's complaint where there was no space for the statement. */
  | { readonly kind: "done"; readonly inTransaction: boolean; readonly diskFull: string | undefined }
  | { readonly kind: "closed" }
  /** The thread is of no further use. */
  | { readonly kind: "failed"; readonly reason: string }

/** The role of guests: it reads everything and writes nothing. */
export const guestRole = "lightcone_guest"

/** A module is compiled once and shared by every PGlite thread, which saves each a tenth of a second. */
export const compileWasm = (bytes: Uint8Array): Promise<WebAssembly.Module> =>
  (globalThis as unknown as WebAssemblyHost).WebAssembly.compile(bytes)

/** Node has it; its types do not. */
interface WebAssemblyHost {
  readonly WebAssembly: { readonly compile: (bytes: Uint8Array) => Promise<WebAssembly.Module> }
}

export const wasmOf = (pglite: URL): URL => new URL("./pglite.wasm", pglite)
