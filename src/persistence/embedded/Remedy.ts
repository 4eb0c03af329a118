/** What must hold for the files of a store, by what was found instead. */

import { gone } from "./DataFiles.ts"

const fullTexts = /ENOSPC|EDQUOT|no space left|disk quota exceeded/i
const deniedTexts = /EACCES|EPERM|EROFS|permission denied|read-only file system/i

/** No second try mends it: the store is given up, and those who wait are told at once. */
export const isFinal = (reason: string): boolean => fullTexts.test(reason) || reason.endsWith(gone)

export const damaged = (found: string): string =>
  `its files must be as they were last written, found ${found}; put back a copy of the directory, or move it away and a new store is made in its place`

/** The end of "Cannot start the store in DIRECTORY: ". */
export const remedied = (operation: string, reason: string): string => {
  if (operation === "listen")
    return `a port of 127.0.0.1 or a Unix socket must be free for it, found ${reason}`
  if (fullTexts.test(reason))
    return `there must be room on its file system, found ${reason}; whatever was acknowledged is kept, so make room and go on`
  if (deniedTexts.test(reason))
    return `its directory and files must be ours to read and write, found ${reason}`
  if (reason.endsWith(gone)) return `its files must stay where they are, found that ${reason}`
  return operation === "start" ? damaged(reason) : reason
}
