/**
 * Every command: its name, options, help and examples. Its own module, and with it the store and the engines, is
 * loaded when the command is chosen, so that help is there at once.
 */
import type { Effect } from "effect/Effect"
import type { Invocation } from "./Program.ts"

type Action = (
  args: ReadonlyArray<string>,
  options: Record<string, unknown>,
  invocation: Invocation,
) => Promise<Effect<number, unknown>>

export interface Described {
  readonly name: string
  readonly does: string
  readonly options?: ReadonlyArray<readonly [flags: string, description: string]>
  readonly examples: ReadonlyArray<string>
  readonly more?: string
  readonly action: Action
}

const json = ["--json", "print JSON on standard output"] as const

const maxOutage = [
  "--max-outage <time>",
  "how long the store may be away before it ends (default: 60s)",
] as const

const listen = ["--listen <address>", "where the machines' ports listen (default: 127.0.0.1)"] as const

const faultNote = `
Faults, at times of the schedule: pause 1 at 2s for 1s; crash 2 at 10s for 5s; cut 1-3 at 4s for 2s (both ways, or
1->3); delay 1->2 by 200ms at 1s; partition 1,2|3 at 4s for 3s. Without "for" they last until resume, restart or heal, or to the end of the schedule.`

const seedNote = `
A seed fixes the rates, the phases, the graph and every machine's n-th roll. It cannot fix how a real run
interleaves: two runs of one seed differ in what meets what.`

export const commands: ReadonlyArray<Described> = [
  {
    name: "run",
    does: "run the scale model: machines on TCP, every clock event in the store (the default command)",
    options: [
      ["--machines <n>", "how many machines (default: 3)"],
      ["--duration <time>", "length of the schedule, with a unit: 500ms, 60s, 2m (default: 60s)"],
      ["--seed <n>", "whole number that fixes rates, phases, graph and rolls (default: drawn, and printed)"],
      ["--rates <list>", "ticks a second of each machine, such as 1,3,6"],
      ["--rate-range <a..b>", "draw the rates from this range (default: 1..6)"],
      ["--equal-rates", "let rates repeat from the start, even while the range has unused values"],
      [
        "--sides <n>",
        "faces of the die: 1 sends to A, 2 to B, 3 to both, the rest is internal (default: 10)",
      ],
      [
        "--workload <name>",
        "what machines do beyond the dice: mutex, mutual exclusion by clocks, or snapshot, snapshots as they run (default: dice)",
      ],
      [
        "--topology <name>",
        "who is linked to whom: cycles, complete, ring, star, grid or random:D, D links out of each (default: cycles)",
      ],
      [
        "--pattern <name>",
        "whom a roll of 3 addresses: pair, multicast:K, a group of K neighbours, or broadcast, all (default: pair)",
      ],
      [
        "--delivery <order>",
        "in which order messages are handed to a machine: none, fifo, causal or total; with --virtual (default: none)",
      ],
      ["--capacity <n>", "messages that an inbox holds (default: 1024)"],
      ["--overflow <policy>", "backpressure, drop-newest or drop-oldest (default: backpressure)"],
      ["--virtual", "in virtual time: the same run, event for event, whenever it is made again, and at once"],
      [
        "--latency <time>",
        "of a virtual run's messages: 2ms, drawn from 1ms..5ms, or exponential of mean 5ms, exp:5ms (default: 1ms)",
      ],
      ["--loss <percent>", "of a virtual run's messages, how many are lost on the way, such as 1%"],
      [
        "--duplication <percent>",
        "of a virtual run's messages, how many come a second time, which is dropped",
      ],
      [
        "--links <order>",
        "of a virtual run: fifo, or unordered, where messages may overtake (default: fifo)",
      ],
      [
        "--skew <percent>",
        "of a virtual run: how much a machine's clock may be fast or slow, drawn for each",
      ],
      ["--no-store", "keep nothing of a virtual run, only verify and digest it"],
      ["--fault <fault...>", 'what is done to machines and links, such as "crash 2 at 10s for 5s"'],
      ["--faults <file>", "the same, one a line"],
      maxOutage,
      listen,
      json,
    ],
    examples: [
      "lightcone run --duration 20s --rates 1,3,6 --seed 7",
      "lightcone run --machines 100 --json",
      "lightcone run --workload snapshot --duration 20s",
    ],
    more: `${faultNote}
${seedNote}`,
    action: async (_, options, invocation) => (await import("./run.ts")).command(options, invocation),
  },
  {
    name: "resume <run>",
    does: "go on with an interrupted run, from where its log ends to the end of its schedule",
    options: [maxOutage, listen, json],
    examples: ["lightcone resume latest"],
    more: `
Clocks, generators and schedules go on where they were; what was sent and not received is delivered. A run that
somebody is writing cannot be taken: one whose owner died is free when its lease has run out, after 10 s at most.`,
    action: async ([run], options, invocation) =>
      (await import("./resume.ts")).command(run!, options, invocation),
  },
  {
    name: "fork <run>",
    does: "what if: go on from a position of a run's log in virtual time, as a new run with something set otherwise",
    options: [
      [
        "--at <position>",
        "the last event that both share (default: the send of the message that is dropped)",
      ],
      ["--set <change...>", "what is otherwise from there on, such as rates=1,3,6; several may be given"],
      maxOutage,
      json,
    ],
    examples: [
      "lightcone fork latest --at 120 --set rates=1,3,6",
      'lightcone fork latest --set "drop-message=1/7->2"',
      'lightcone fork latest --at 300 --set "fault=crash 2 at 40s for 5s" latency=1ms..20ms',
    ],
    more: `
rates=1,3,6             each machine's next tick stays when it was due, those after it follow at the new rate
seed=N                  rolls, latencies, losses and second copies are drawn anew; rates, phases and graph stay
sides=N, latency=TIME, loss=PERCENT, duplication=PERCENT
                        as run has them, of what is rolled or sent from there on
drop-message=1/7->2     the message of send 1/7 to machine 2 is lost as it arrives
fault="crash 2 at 40s for 5s"
                        as run has it, at times of the schedule

Of a virtual run the events up to the position are made again and compared with the record; without --set it is its
parent again, digest and all. Of a real run they are copied, and messages that were on their way come when its record
says. The new run names its parent, and is verified, replayed and proved as any other. Then: lightcone diff`,
    action: async ([run], options, invocation) =>
      (await import("./fork.ts")).command(run!, options, invocation),
  },
  {
    name: "diff <run> <other>",
    does: "where two runs part in causal order, and the cone of what changed after it",
    options: [json],
    examples: ["lightcone diff abc123 def456", "lightcone diff abc123 latest --json"],
    more: `
The n-th clock event of a machine in one run stands against its n-th in the other. It is changed if kind, clock or message
are another, or if only one run has it; times and queue lengths are told apart. The runs part at the changed events that
no changed event happened before, in neither run; their cone is all that they happened before.
Exit code 0 if the runs are the same, times included, 1 if they differ.`,
    action: async ([a, b], options, invocation) =>
      (await import("./diff.ts")).command([a!, b!], options, invocation),
  },
  {
    name: "runs",
    does: "list the runs in the store, the latest first",
    options: [json],
    examples: ["lightcone runs", "lightcone runs --json"],
    action: async (_, options, invocation) => (await import("./runs.ts")).command(options, invocation),
  },
  {
    name: "show <run>",
    does: "one run's configuration and statistics",
    options: [json],
    examples: ["lightcone show latest"],
    action: async ([run], options, invocation) =>
      (await import("./show.ts")).command(run!, options, invocation),
  },
  {
    name: "events <run>",
    does: "print the events of a run in the order of its log, one a line",
    options: [
      ["--machine <n>", "only this machine's stream (0 is the run's own)"],
      ["--from <position>", "events after this position (default: 0)"],
      ["--follow", "go on with what is still being written"],
      ["--json", "print NDJSON on standard output"],
    ],
    examples: ["lightcone events latest --machine 2", "lightcone events latest --json | head"],
    more: "\nOf an imported log ~ marks a clock that was derived, and - stands for a time that it does not say.",
    action: async ([run], options, invocation) =>
      (await import("./events.ts")).command(run!, options, invocation),
  },
  {
    name: "verify <run>",
    does: "check what the record proves: order, clocks, messages, queues, schedule",
    options: [json],
    examples: ["lightcone verify latest"],
    more: "\nExit code 1 if an invariant fails; the events at fault are named.",
    action: async ([run], options, invocation) =>
      (await import("./verify.ts")).command(run!, options, invocation),
  },
  {
    name: "replay <run>",
    does: "evolve every machine again from its recorded inputs, and compare each step with the record",
    options: [
      ["--speed <factor>", "in time: 1 as it was, 10 ten times as fast (default: at once)"],
      ["--step", "one event at a time, on Enter; q ends"],
      ["--until <position>", "stop after this position, and show every machine's state there"],
      ["--machine <n>", "print only this machine's steps; all are evolved"],
      ["--prove", "make a virtual run again from its configuration, and compare each event with the record"],
      json,
    ],
    examples: [
      "lightcone replay latest",
      "lightcone replay latest --speed 10",
      "lightcone replay latest --until 120 --json",
    ],
    more: "\nExit code 1, with the position and both values, where recorded and replayed state differ, or a virtual run made again.",
    action: async ([run], options, invocation) =>
      (await import("./replay.ts")).command(run!, options, invocation),
  },
  {
    name: "why <run> <event>",
    does: "what set the clock of an event (machine/version), back to the cause of the last jump",
    options: [json],
    examples: ["lightcone why latest 1/41"],
    action: async ([run, event], options, invocation) =>
      (await import("./why.ts")).command(run!, event!, options, invocation),
  },
  {
    name: "relate <run> [events...]",
    does: "whether one event happened before another, with the path; without events, the run's smallest counterexample",
    options: [json],
    examples: ["lightcone relate latest 2/17 3/22", "lightcone relate latest"],
    action: async ([run, ...events], options, invocation) =>
      (await import("./relate.ts")).command(run!, events, options, invocation),
  },
  {
    name: "clocks <run>",
    does: "every clock over the very same events: bytes, false order, order against time, time to compute",
    options: [
      ["--skew <time>", "by how much the machines' modelled physical clocks differ at most (default: 10ms)"],
      ["--seed <n>", "whole number that draws these clocks, and the sample of a long run (default: 1)"],
      json,
    ],
    examples: ["lightcone clocks latest", "lightcone clocks latest --skew 200ms --json"],
    action: async ([run], options, invocation) =>
      (await import("./clocks.ts")).command(run!, options, invocation),
  },
  {
    name: "lesson <name>",
    does: "a small run made to show one thing: causality",
    options: [["--seed <n>", "whole number (default: one that shows it well)"], json],
    examples: ["lightcone lesson causality"],
    action: async ([name], options, invocation) =>
      (await import("./lesson.ts")).command(name!, options, invocation),
  },
  {
    name: "report <run...>",
    does: "one self-contained HTML file: space-time diagram, clocks, jumps, drift, queues, latency, prediction, verdict",
    options: [["--out <file>", "where to write it (default: report-RUN.html)"], json],
    examples: ["lightcone report latest", "lightcone report abc123 def456 --out comparison.html"],
    action: async (runs, options, invocation) =>
      (await import("./report.ts")).command(runs, options, invocation),
  },
  {
    name: "export <run>",
    does: "a run, or a part of it, in a format of the field",
    options: [
      ["--format <name>", "jsonl, log, csv, shiviz, otlp or perfetto"],
      ["--out <path>", "a file, or for log and csv a directory (default: standard output)"],
      ["--force", "write over files that are there"],
      ["--from-time <time>", "from this time on: from the run's start (10s) or ISO (2026-01-31T12:00:00Z)"],
      ["--to-time <time>", "up to and with this time"],
      ["--from <position>", "events after this position (default: 0)"],
      ["--to <position>", "up to and with this position"],
      ["--machine <list>", "only these machines, such as 1,3"],
    ],
    examples: [
      "lightcone export latest --format perfetto --out run.json",
      "lightcone export latest --format log --out logs/",
      "lightcone export latest --format shiviz --from-time 10s --to-time 12s --out run.shiviz",
      "lightcone export latest --format jsonl | gzip > run.jsonl.gz",
    ],
    more: `
jsonl     every event in Lightcone's own JSON, one a line, as lightcone events --json prints it
log       a line an event with system time, queue length and clock; in a directory, a file a machine
csv       a row an event of a machine; in a directory, a file a machine
shiviz    clock events with vector clocks, to be opened in ShiViz as a file
otlp      clock events as OpenTelemetry spans, OTLP/JSON, receipts linked to their sends
perfetto  slices, message flows and counters, for ui.perfetto.dev and chrome://tracing
`,
    action: async ([run], options, invocation) =>
      (await import("./export.ts")).command(run!, options, invocation),
  },
  {
    name: "experiment <what>",
    does: "many runs from one description (a JSON or YAML file) or from a preset (assignment, sweep-latency, sweep-sides), with tables and a report",
    options: [
      ["--out <directory>", "where results go, and where an interrupted experiment is gone on with"],
      ["--duration <time>", "length of every run, instead of the description's"],
      ["--seed <n>", "whole number from which the runs' seeds are drawn, instead of the description's"],
      ["--virtual", "in virtual time, at once"],
      [
        "--no-store",
        "keep the results of virtual runs and not the runs: up to 100,000 of them, on all cores",
      ],
      ["--workers <n>", "threads that make them, instead of one a core; results are the same"],
      ["--plan", "only say what would be run, and how long it will take"],
      json,
    ],
    examples: [
      "lightcone experiment assignment --plan",
      "lightcone experiment assignment --duration 10s --out results",
      "lightcone experiment assignment --virtual",
      "lightcone experiment assignment --virtual --no-store --workers 2",
      "lightcone experiment grid.yaml",
      "lightcone experiment sweep-latency --virtual --no-store",
    ],
    more: `
A description names settings of runs, a grid of values to combine, and how often each is repeated:

  name: sides
  repetitions: 5
  base: { duration: 20s }
  grid: { sides: [5, 10, 20] }

With sweep: { latency: [1ms, 10ms, 100ms] } instead of a grid, the report draws what is measured as curves.
The same command with the same directory goes on where it was interrupted. The preset assignment is the course's: five
runs of a minute, then a smaller variation of the rates, then a smaller probability of internal events.
`,
    action: async ([what], options, invocation) =>
      (await import("./experiment.ts")).command(what!, options, invocation),
  },
  {
    name: "project",
    does: "keep the projections of all runs up to date until it is interrupted, or build them anew",
    options: [
      ["--rebuild", "build the tables anew from the log beside those in use, then put them in their place"],
      ["--only <name>", "this projection alone"],
      ["--once", "stop when every run is up to date"],
      json,
    ],
    examples: ["lightcone project", "lightcone project --rebuild --only messages"],
    action: async (_, options, invocation) => (await import("./project.ts")).command(options, invocation),
  },
  {
    name: "sql [query]",
    does: "one SELECT over the store, read only; without a query, the tables and examples",
    options: [
      json,
      ["--csv", "print CSV on standard output"],
      ["--time-limit <time>", "end the query after this long (default: 60s)"],
    ],
    examples: [
      'lightcone sql "select machine, max(lamport) from events group by machine order by machine"',
      "echo 'select count(*) from messages' | lightcone sql -",
    ],
    action: async ([query], options, invocation) =>
      (await import("./sql.ts")).command(query, options, invocation),
  },
  {
    name: "db <action>",
    does: "reach the store with other tools: url, serve, psql",
    options: [json],
    examples: ["lightcone db url", "lightcone db serve", "lightcone db psql"],
    more: `
url    prints where psql reaches the store
serve  opens the embedded store for others until it is interrupted
psql   starts psql on the store`,
    action: async ([action], options, invocation) =>
      (await import("./db.ts")).command(action!, options, invocation),
  },
  {
    name: "import <file...>",
    does: "a log from elsewhere into the store, all of it or nothing: text, CSV, JSON lines, traces, or a run of Lightcone",
    options: [
      ["--format <name>", "what the files are (default: found out from their first lines)"],
      ["--map <map>", "fields by name, kind=evt,lamport=lc, or a regular expression with named groups"],
      ["--dry-run", "store nothing; show the first ten events as understood, and the lines that are not"],
      ["--lenient", "pass over lines that are not understood"],
      json,
    ],
    examples: [
      "lightcone import machine1.log machine2.log machine3.log --dry-run",
      "lightcone import machine*.log",
      "lightcone export abc123 --format jsonl | lightcone import -",
      "lightcone import odd.log --map '(?<machine>\\w+) (?<kind>\\w+) L=(?<lamport>\\d+)'",
    ],
    more: `
One file a machine or one for all; a machine's name is its file's where lines do not say it. verify then says of each
invariant whether it holds, fails (with file and line), or cannot be proved from this log, and what would prove it.
`,
    action: async (files, options, invocation) =>
      (await import("./import.ts")).command(files, options, invocation),
  },
  {
    name: "serve",
    does: "the HTTP API of the store, on loopback; carries out what is requested, until it is interrupted",
    options: [
      ["--port <port>", "0 for any that is free (default: 4000)"],
      [
        "--host <host>",
        "an address of this host; beyond loopback LIGHTCONE_TOKEN must be set (default: 127.0.0.1)",
      ],
      ["--no-work", "leave runs that are requested to lightcone work"],
      [
        "--sse-max <time>",
        "a stream of events ends after so long, and is resumed by its client (default: 5m)",
      ],
      ["--client-rate <n>", "requests a second that are taken of one client (default: 2000)"],
      ["--total-rate <n>", "requests a second that are taken of all (default: 10000)"],
      json,
    ],
    examples: ["lightcone serve", "lightcone serve --port 8080 --database postgres://localhost/lightcone"],
    more: `
The routes are listed at /openapi.json. The same API is a fetch handler: import lightcone/handler.`,
    action: async (_, options, invocation) => (await import("./serve.ts")).command(options, invocation),
  },
  {
    name: "work",
    does: "carry out the runs that were requested through the API",
    options: [
      ["--once", "what waits now, and no more; for cron"],
      [
        "--poll <time>",
        "how soon to look again, twice as long each time while there is nothing (default: 1s)",
      ],
      ["--json", "print NDJSON: {run, status, events, digest, verified}"],
    ],
    examples: ["lightcone work", "lightcone work --once --json"],
    more: `
Any number of workers may share a Postgres: each run is carried out once, and one whose worker died is resumed by another
as soon as its lease has run out. Ctrl-C stops the present run, which another worker or lightcone resume goes on with.`,
    action: async (_, options, invocation) => (await import("./work.ts")).command(options, invocation),
  },
  {
    name: "doctor",
    does: "check store, rights, TLS, pooler, clock and versions, a line each",
    options: [json],
    examples: ["lightcone doctor", "lightcone doctor --database postgres://localhost/lightcone"],
    more: "\nExit code 1 if something must be otherwise; the line says what, and how.",
    action: async (_, options, invocation) => (await import("./doctor.ts")).command(options, invocation),
  },
  {
    name: "migrate",
    does: "bring the schema of the store up to date",
    options: [["--check", "only show what would be done; exit code 1 if something would"], json],
    examples: ["lightcone migrate --check", "lightcone migrate"],
    action: async (_, options, invocation) => (await import("./migrate.ts")).command(options, invocation),
  },
  {
    name: "rm <run...>",
    does: "delete runs with all that derives from them",
    options: [json],
    examples: ["lightcone rm abc123"],
    action: async (runs, options, invocation) => (await import("./rm.ts")).command(runs, options, invocation),
  },
]
