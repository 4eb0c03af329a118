/**
 * What PGlite's server says when it is in trouble: in its answers, and in a log that PGlite hides. The log alone
 * has the reason of a start that failed; PGlite itself says "Aborted()".
 */

const severe = /(?:FATAL|PANIC):\s+(.+)/

export interface ServerLog {
  /** For PGlite's `onStderr`; true would let the line through to the terminal. */
  readonly hear: (line: string) => boolean
  /** The last thing that it could not survive. */
  readonly lastWords: () => string | undefined
}

export const makeLog = (): ServerLog => {
  let last: string | undefined
  return {
    hear: (line) => {
      last = severe.exec(line)?.[1] ?? last
      return false
    },
    lastWords: () => last,
  }
}

const messageAfter = (bytes: Buffer, mark: string): string | undefined => {
  const at = bytes.indexOf(mark)
  if (at < 0) return undefined
  const start = bytes.indexOf("\0M", at) + 2
  return start < 2 ? "no reason" : bytes.toString("utf8", start, bytes.indexOf(0, start))
}

const viewed = (raw: Uint8Array): Buffer => Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)

/** The message of an error that only a restart ends: fields V (severity), C and M of an ErrorResponse. */
export const panicIn = (raw: Uint8Array): string | undefined => messageAfter(viewed(raw), "\0VPANIC\0")

/** The message of an error with SQLSTATE 53100, which says that the disk is full. */
export const diskFullIn = (raw: Uint8Array): string | undefined => {
  const message = messageAfter(viewed(raw), "\0C53100\0")
  return message === undefined ? undefined : `${message} (no space left)`
}
