/** What can be asked of a log that came from elsewhere, invariant by invariant; the rest of an own run's it cannot say. */
export const importedRules = {
  log: {
    positions: "positions are 1, 2, 3, ... without a gap",
    versions: "a stream's versions are 1, 2, 3, ... without a gap",
    times: "the times of a machine never fall",
    clock: "a step or a send moves the clock by one",
    "clock-at-receipts": "a receipt moves the clock to max(L, m.L) + 1",
    rolls: "each tick with an empty inbox sends, or does not, as the seed's next roll says",
  },
  "clock-condition": {
    consecutive: "of two consecutive events of a machine, the later has the larger clock",
    "carried-clock": "a message carries the clock of its send",
    "send-receive": "a receipt has a larger clock than its send",
    "recorded-vectors":
      "vector clocks count the machine's own events and take the larger of each other entry",
    "vector-clocks":
      "no event that happened before another, by vector clocks, has a clock as large as the other's",
  },
  messages: {
    "committed-send": "every receipt has a send to this machine",
    once: "no message is received twice",
    fifo: "messages of one link are received in the order in which they were sent",
    overtaken: "no message of a link is left behind by a later one",
    account: "messages sent are those received and in flight",
  },
  queues: {
    takings: "a queue never falls by more than the message that was taken",
    length: "a queue length is arrivals minus takings",
  },
  schedule: {
    due: "ticks are made when they are due, and all that were due",
  },
} as const
