/**
 * Whether a data directory is still the one that was opened. A process that has its files open writes on when
 * they are deleted, and would acknowledge what nobody finds again.
 */

import * as fs from "node:fs"
import * as path from "node:path"

/** Of files that are there as long as the store is, and never replaced by others. */
export type Fingerprint = ReadonlyArray<number>

const witnesses = ["PG_VERSION", path.join("global", "pg_control"), "pg_wal"]

export const gone = "was deleted or moved away"

const inodeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.ino ?? 0

/** Throws where one is missing. */
export const fingerprint = (pgdata: string): Fingerprint =>
  witnesses.map((witness) => {
    const inode = inodeOf(path.join(pgdata, witness))
    if (inode === 0) throw new Error(`no ${witness} in ${pgdata}`)
    return inode
  })

/** Throws where the directory is not what it was. */
export const mustBe = (pgdata: string, known: Fingerprint): void => {
  for (const [i, inode] of known.entries())
    if (inodeOf(path.join(pgdata, witnesses[i]!)) !== inode) throw new Error(`${pgdata} ${gone}`)
}
