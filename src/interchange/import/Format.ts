/**
 * A kind of log that can be read: one file each, and one line in `Formats`. A reader turns lines into entries, one
 * file at a time, in the order of the file; what belongs together across lines and machines is found later.
 */
import type { Entry } from "../../domain/imported/Entry.ts"

export interface Sample {
  /** The file's name without its directory; "-" for standard input. */
  readonly name: string
  /** Its first lines, whole ones. */
  readonly lines: ReadonlyArray<string>
}

export interface FileContext {
  /** The machine that a file is of, as far as its name tells: without directory and extension. */
  readonly machine: string
  /** The first lines again, for a reader that has to find out which of several shapes it has before it. */
  readonly sample: Sample
}

export interface Reader {
  /**
   * The entries that a line completes, most often one; none where it is understood and no event (a heading, a
   * connection that was made); undefined where it is not understood.
   */
  readonly line: (text: string, number: number) => ReadonlyArray<Entry> | undefined
  /** What is left when the file has ended. */
  readonly end: () => ReadonlyArray<Entry>
}

export interface Format {
  /** As `--format` names it. */
  readonly name: string
  /** What it is, in a few words for the help. */
  readonly does: string
  /** How much of a sample looks like this, 0 to 1; the most alike is taken. */
  readonly likeness: (sample: Sample) => number
  readonly reader: (file: FileContext) => Reader
  /** Whether links are first in, first out, as those of TCP are. */
  readonly fifo: boolean
  /** Sends that nobody receives, and receipts of what nobody sent, are then events of their machine alone. */
  readonly soft?: true
  /** Entries of one machine may stand in any order; their times tell it. */
  readonly unsorted?: true
  /** Lines do not say what kind of event they are: their vector clocks tell who sent and who received. */
  readonly kindless?: true
  /** It does not say what kind of event any was: they come as internal ones. */
  readonly kindsLost?: true
  /** A line that is not understood is an error, not a remark. */
  readonly strict?: true
  /** A line may hold many events, and be that much longer. */
  readonly batched?: true
}

/** A file that cannot be what it was taken for: what must hold and what was found, with the line. */
export class Malformed extends Error {
  readonly line: number

  constructor(line: number, problem: string) {
    super(problem)
    this.line = line
  }
}
