/** A server in a process of its own, as soon as it says how it is ended. */
import type { ChildProcess } from "node:child_process"

export const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.stderr!.on("data", (text) => String(text).includes("Ctrl-C") && resolve())
    child.once("exit", (code) => reject(new Error(`the server ended with ${code} before it served`)))
  })
