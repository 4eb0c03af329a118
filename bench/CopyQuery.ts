/** COPY over a `pg` client, whole texts in and out: all that a measure against a bare COPY needs. */
import type pg from "pg"

interface CopyConnection {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

const chunkBytes = 65_536

/** Runs a COPY; `input` is what it takes in, and the answer what it gave out. */
export const copy = (client: pg.Client, text: string, input: Buffer = Buffer.alloc(0)): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const output: Array<Buffer> = []
    let failure: Error | undefined
    const query = {
      submit: (connection: CopyConnection) => connection.query(text),
      handleCopyInResponse: (connection: CopyConnection) => {
        for (let at = 0; at < input.length; at += chunkBytes)
          connection.sendCopyFromChunk(input.subarray(at, at + chunkBytes))
        connection.endCopyFrom()
      },
      // The driver uses the memory of a chunk again.
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => void output.push(Buffer.from(chunk)),
      handleCommandComplete: () => {},
      handleError: (error: Error) => {
        failure = error
        reject(error)
      },
      handleReadyForQuery: () => failure === undefined && resolve(Buffer.concat(output)),
    }
    client.query(query as unknown as pg.Submittable)
  })
