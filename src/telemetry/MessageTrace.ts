/**
 * The trace of a message, found by all who have a part in it without being told: its id, those of the spans that have
 * others below them, and whether it goes out at all follow from the run, its configuration and the address of the event
 * that sent it. To send ids along was rejected: the frame and the record would have to change for them.
 */
import { createHash } from "node:crypto"
import * as Limits from "../domain/Limits.ts"
import * as RunConfig from "../domain/RunConfig.ts"
import type { Span } from "./Span.ts"

/** An event's address; of one that was sent, also the message's name. */
export interface Address {
  readonly machine: number
  readonly version: number
}

export type Stage = "tick" | "drop" | "append" | "network" | "inbox" | "project"

const digest = (words: string, digits: number): string =>
  createHash("sha256").update(words).digest("hex").slice(0, digits)

const written = ({ machine, version }: Address): string => `${machine}/${version}`

/** The messages of one run. */
export interface Messages {
  readonly isTraced: (sent: Address) => boolean
  /** Of the message that `sent` sent: the stage of it that the event `at` ends. */
  readonly stage: (sent: Address, stage: Stage, at: Address) => Pick<Span, "traceId" | "spanId" | "name">
}

/** A number's bits thrown about, 0..2^32-1: the finaliser of MurmurHash3. */
const mixed = (value: number): number => {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** Rolls at which a tick sends, if nothing is there to be received. */
const sendingRolls = 3

/** The part of a run's messages that is traced unless a part is asked for: as if every tick of all machines rolled. */
export const shareOf = (config: RunConfig.RunConfig): number => {
  const most = RunConfig.ticksPerSecond(config) * Math.min(1, sendingRolls / config.sides)
  return Math.min(1, Limits.messageTracesPerSecond / most)
}

export const make = (run: string, share: number): Messages => {
  const salt = Number.parseInt(digest(`lightcone sampling ${run}`, 8), 16)
  const below = share * 0x1_0000_0000
  return {
    isTraced: ({ machine, version }) => mixed(mixed(machine ^ salt) + version) < below,
    stage: (sent, stage, at) => {
      const message = `lightcone message ${run} ${written(sent)}`
      return {
        traceId: digest(message, 32),
        spanId: digest(`${message} ${stage} ${written(at)}`, 16),
        name: stage,
      }
    },
  }
}
