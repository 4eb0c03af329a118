import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Limits from "../../../src/domain/Limits.ts"
import * as Purpose from "../../../src/domain/Purpose.ts"
import * as Frame from "../../../src/runtime/real/Frame.ts"

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const message = fc.record({
  sender: fc.constant(1),
  sendVersion: u32,
  senderLamport: u32,
  sentAtUs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
})
const purpose = fc.record({ purpose: fc.constantFrom(...Purpose.names) })
const purposed = fc
  .tuple(message, purpose, fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: undefined }))
  .map(([fields, named, snapshot]) => ({
    ...fields,
    ...named,
    ...(snapshot === undefined ? {} : { snapshot }),
  }))
const encoded = fc.oneof(
  purposed.map((fields) => {
    const bytes = Buffer.alloc(Frame.purposedBytes)
    Frame.writeMessage(bytes, 0, fields)
    const { sender: _, ...rest } = fields
    return { bytes, frame: { frame: "message", ...rest } }
  }),
  message.map((fields) => {
    const bytes = Buffer.alloc(Frame.messageBytes)
    Frame.writeMessage(bytes, 0, fields)
    const { sender: _, ...rest } = fields
    return { bytes, frame: { frame: "message", ...rest } }
  }),
  u32.map((mark) => ({ bytes: Frame.welcome(mark), frame: { frame: "welcome", mark } })),
  u32.map((mark) => ({ bytes: Frame.ack(mark), frame: { frame: "ack", mark } })),
  fc.constant({ bytes: Frame.heartbeat(), frame: { frame: "heartbeat" } }),
  fc
    .constantFrom(...Frame.refusals)
    .map((reason) => ({ bytes: Frame.refused(reason), frame: { frame: "refused", reason } })),
  fc
    .record({ sender: u32, recipient: u32, secret: fc.uint8Array({ minLength: 16, maxLength: 16 }) })
    .map((fields) => ({
      bytes: Frame.hello({ run: "abcdefghijkl", ...fields }),
      frame: { frame: "hello", protocol: Frame.protocolVersion, run: "abcdefghijkl", ...fields },
    })),
)

const decodeAll = (decoder: Frame.FrameDecoder) => {
  const frames: Array<unknown> = []
  for (let next = decoder.next(); next !== undefined; next = decoder.next()) frames.push(next)
  return frames
}

describe("frames", () => {
  it("come out as they went in, however the stream is cut into chunks", () => {
    fc.assert(
      fc.property(
        fc.array(encoded),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (all, cuts) => {
          const bytes = Buffer.concat(all.map((one) => one.bytes))
          const decoder = new Frame.FrameDecoder()
          const frames: Array<unknown> = []
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = cuts[i % cuts.length]!
            decoder.push(bytes.subarray(at, at + size))
            frames.push(...decodeAll(decoder))
            at += size
          }
          expect(frames).toEqual(all.map((one) => one.frame))
        },
      ),
    )
  })

  it("are refused when they are longer than any of the protocol's, before their bytes have come", () => {
    const decoder = new Frame.FrameDecoder()
    decoder.push(Buffer.from([0xff, 0xff, 0xff, 0x7f, 3]))
    expect(decoder.next()).toEqual({
      malformed: `must be at most ${Limits.maxFrameBytes} bytes, found 2147483647`,
    })
  })

  it("never make the decoder throw, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoder = new Frame.FrameDecoder()
        decoder.push(Buffer.from(bytes))
        for (let i = 0; i < 50; i++) {
          const next = decoder.next()
          if (next === undefined || !("frame" in next)) return
        }
      }),
    )
  })
})
