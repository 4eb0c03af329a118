import { expect, inject, it } from "vitest"
import * as Random from "../../src/domain/Random.ts"
import { manyProcessesMs } from "../support/Cli.ts"
import { createDatabase } from "../support/SharedPostgres.ts"
import { freePort } from "../support/Unprivileged.ts"
import { carryOut } from "./StreamCampaign.ts"

it(
  "clients that are cut off at random, of an instance that is killed, have every event once and in order",
  async () => {
    const seed = Math.floor(Math.random() * 1_000_000_000)
    console.log(`event streams: seed ${seed}`)
    const draw = Random.draws(seed, Random.Purpose.configuration, 1)
    const outcome = await carryOut({
      program: inject("program"),
      databaseUrl: await createDatabase(),
      port: await freePort(),
      clients: 30,
      cutsPerSecond: 30,
      killsAtS: [4],
      machines: 20,
      seconds: 9,
      streamS: 5,
      random: () => draw() / 2 ** 32,
    })
    expect(outcome.complaints).toEqual([])
    expect(outcome.events).toBeGreaterThan(1_000)
    // As a rule some two hundred; a machine that is busy with more starts the instance slowly.
    expect(outcome.connections).toBeGreaterThan(40)
    expect(outcome.cuts).toBeGreaterThan(10)
    expect(outcome.kills).toBe(1)
    expect(outcome.toldEnd).toBeGreaterThan(0)
  },
  manyProcessesMs,
)
