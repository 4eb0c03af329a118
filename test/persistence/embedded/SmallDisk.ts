/** A real file system of a few megabytes, to be filled. Linux lets root mount one, and nobody else. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface SmallDisk {
  readonly path: string
  readonly enlarge: (megabytes: number) => void
  readonly remove: () => void
}

const did = (command: string, ...args: ReadonlyArray<string>): boolean =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0

export const makeSmallDisk = (megabytes: number): SmallDisk | undefined => {
  const path = mkdtempSync(join(tmpdir(), "lightcone-disk-"))
  if (!did("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path)) {
    rmSync(path, { recursive: true })
    return undefined
  }
  return {
    path,
    enlarge: (wanted) => {
      if (!did("mount", "-o", `remount,size=${wanted}m`, path)) throw new Error("the disk does not grow")
    },
    remove: () => {
      did("umount", "-l", path)
      rmSync(path, { recursive: true, force: true })
    },
  }
}

export const canMount = (): boolean => {
  const disk = makeSmallDisk(1)
  disk?.remove()
  return disk !== undefined
}
