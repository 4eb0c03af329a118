import type { Name as Workload } from "../Workload.ts"

/** Every clause of every invariant, and what it says. A failure names its clause; a verdict counts each. */
export const rules = {
  log: {
    shape: "every record is an event of its kind",
    positions: "positions are 1, 2, 3, ... without a gap",
    head: "the log ends where the run's head says",
    "run-started":
      "the first event, or the one after run-requested or run-forked, and it alone, is run-started with a configuration that can be run",
    "run-finished": "nothing follows run-finished",
    faults: "faults are those of the configuration, in its order, none before its time",
    resumed: "run-resumed says for how long nothing happened, and resumed for how long its machine was gone",
    changes: "what a fork does otherwise begins at the time at which its log had come to its place",
    closed: "when the run is finished, every machine has stopped as finished",
    machines: "every event is of a machine that the run has",
    versions: "a stream's versions are 1, 2, 3, ... without a gap",
    stamps: "the times of a machine, arrivals included, strictly rise, from the run's start on",
    life: "a stream begins with started; after stopped only resumed may follow",
    still: "a machine that is paused or has crashed does nothing until it is resumed or restarted",
    clock: "a clock event moves the clock by the rule; any other leaves it",
    rolls: "each tick with an empty inbox sends, or does not, as the seed's next roll and the workload say",
    configuration: "rate, phase and peers of a machine are those that the configuration gives",
  },
  "clock-condition": {
    consecutive: "of two consecutive clock events of a machine, the later has the larger clock",
    "carried-clock": "a message carries the clock of its send",
    "send-receive": "a receipt has a larger clock than its send",
    "vector-clocks":
      "no event that happened before another, by vector clocks, has a clock as large as the other's",
  },
  messages: {
    "committed-send": "every receipt and drop names a send to this machine, before it in the log",
    once: "no message is received, dropped or left in an inbox twice",
    fifo: "messages of one link are taken in the order in which they were sent",
    "sent-at": "a message carries the time of its send",
    "arrived-at": "no message arrives before it is sent",
    lost: "the messages that a modelled network loses, and no others, are dropped as lost",
    "second-copy":
      "a second copy is dropped of a message that a modelled network doubles, once, after the first",
    arrives: "in a modelled network no message is under way for longer than it takes",
    account: "messages sent are those received, dropped, left in inboxes and in flight",
  },
  delivery: {
    fifo: "a machine receives what one sender sends to it in the order of the sends",
    causal: "if one send happened before another and both went to a machine, it receives them in that order",
    total: "two machines receive the messages that both receive in the same order",
    held: "a message is held back from when it came, for one that has to come before it",
  },
  queues: {
    length: "a queue length is arrivals minus takings minus drops, in this life",
    "empty-at-start": "an inbox is empty when a life begins",
    takes: "a tick that finds a message takes it",
    capacity: "an inbox holds no more than its capacity",
    overflow: "a message that the network brings is dropped by the run's policy, from a full inbox only",
    listed: "stopped lists all that is left in the inbox",
  },
  schedule: {
    early: "no tick is made before it is due",
    order: "ticks are made or missed one after the other",
    overdue:
      "a tick is missed only when it is overdue by more than the limit, and in virtual time always then",
    end: "no tick is made after the schedule's end",
    "all-due": "a machine that has stopped as finished has made or missed every tick that was due",
  },
} as const

/** Of runs with a workload, besides. */
export const workloadRules = {
  "mutual-exclusion": {
    "carried-purpose": "a message has the purpose of its send",
    sections: "a machine requests, enters, leaves and releases, one after the other",
    exclusion: "of two critical sections one was left before the other was entered, in happened-before",
    order: "requests are granted in the order of (clock, machine)",
    granted: "a request made long enough before the end is granted",
  },
  snapshots: {
    "carried-purpose": "a message has the purpose of its send",
    markers: "a machine records snapshots 1, 2, 3, ... and sends the markers of each",
    consistent: "a snapshot that holds a receipt holds its send",
    recorded: "what a machine records is what its events have left it",
    channels: "what is recorded of a link are the messages sent before the cut and received after it",
    total: "a snapshot that is complete holds all tokens that there are",
  },
} as const

/** The invariant of each workload. */
export const invariantOf = { mutex: "mutual-exclusion", snapshot: "snapshots" } as const satisfies Record<
  Workload,
  keyof typeof workloadRules
>

type All = typeof rules & typeof workloadRules

/** Of every run. */
export type RunInvariant = keyof typeof rules
export type Invariant = keyof All
export type RuleOf<I extends Invariant> = keyof All[I] & string
