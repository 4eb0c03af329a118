/**
 * From files to the events of a run: what kind of log they are is found out from their beginnings, and then they are
 * read as they come, in bounded memory. Whatever is wrong with them ends it with a `Refused`, and it is for the one
 * who stores the events to leave nothing of them.
 */
import type { AnyClockEvent, Logged, Recorded } from "../../domain/ClockEvent.ts"
import { Addressing, TooMuchToLookThrough } from "../../domain/imported/Addressing.ts"
import { OutOfBounds } from "../../domain/imported/Bounds.ts"
import type { Entry } from "../../domain/imported/Entry.ts"
import { Names, TooManyMachines } from "../../domain/imported/Names.ts"
import { GoesBack, type Tally, Weave } from "../../domain/imported/Weave.ts"
import * as Limits from "../../domain/Limits.ts"
import { type FileContext, type Format, Malformed, type Reader, type Sample } from "./Format.ts"
import { formats, recognise } from "./Formats.ts"
import { Lines } from "./Lines.ts"
import * as OwnLog from "./OwnLog.ts"

export interface Input {
  /** As it was given; "-" for standard input. */
  readonly name: string
  readonly bytes: number
  /** Its bytes from the beginning; may be called again. */
  readonly open: () => AsyncIterable<Uint8Array>
}

export interface Options {
  /** What the files are taken for; found out where it is not given. */
  readonly format?: Format
  /** Whether lines that are not understood are passed over in formats that have a line for everything. */
  readonly lenient?: boolean
  /** Hears of bytes that have been read. */
  readonly onBytes?: (count: number) => void
}

/** Why nothing was imported: completes "Cannot import ...". */
export class Refused extends Error {}

export interface NotUnderstood {
  readonly file: string
  readonly line: number
  readonly text: string
}

const sampleBytes = 65_536
const mostShown = 20
const shownCharacters = 160
/** A file of which fewer lines are understood is another kind of log. */
const leastUnderstood = 0.5

const baseName = (name: string): string => name.split(/[\\/]/).at(-1)!
const machineName = (name: string): string =>
  name === "-" ? "1" : baseName(name).replace(/(?<=.)\.[^.]*$/, "")

/** `Malformed` and the like, with the file's name. */
const refused = (file: string, error: unknown): unknown => {
  if (error instanceof Malformed || error instanceof OutOfBounds)
    return new Refused(`${file}: line ${error.line}: ${error.message}`)
  if (error instanceof TooManyMachines || error instanceof TooMuchToLookThrough)
    return new Refused(`${file}: ${error.message}`)
  return error
}

const sampleOf = async (input: Input): Promise<Sample> => {
  const lines = new Lines(Limits.maxBatchLineBytes)
  const found: Array<string> = []
  let bytes = 0
  let ended = true
  try {
    for await (const chunk of input.open()) {
      found.push(...lines.push(chunk))
      bytes += chunk.length
      if (bytes >= sampleBytes && found.length > 0) {
        ended = false
        break
      }
    }
    if (ended) found.push(...lines.end())
  } catch (error) {
    throw refused(input.name, error)
  }
  if (found.every((line) => line.trim() === ""))
    throw new Refused(
      `${input.name}: it must hold a log, found ${bytes === 0 ? "an empty file" : "blank lines only"}`,
    )
  return { name: baseName(input.name), lines: found }
}

const formatOf = (inputs: ReadonlyArray<Input>, samples: ReadonlyArray<Sample>, options: Options): Format => {
  if (options.format !== undefined) return options.format
  let chosen: Format | undefined
  for (const [i, sample] of samples.entries()) {
    const found = recognise(sample)
    if (found === undefined)
      throw new Refused(
        `${inputs[i]!.name}: it must be one of ${formats.map(({ name }) => name).join(", ")}, found none of them in its first lines; say --format, or describe its lines with --map`,
      )
    if (chosen !== undefined && chosen !== found.format)
      throw new Refused(
        `${inputs[i]!.name}: all files must be of one kind, found ${found.format.name} beside ${chosen.name}`,
      )
    chosen = found.format
  }
  return chosen!
}

/** What is found out while a log is read. */
export class Findings {
  readonly notUnderstood: Array<NotUnderstood> = []
  /** Lines, and those not understood. */
  lines = 0
  strange = 0
}

/** The entries of one file, some lines' worth at a time. */
async function* entriesOf(
  input: Input,
  format: Format,
  sample: Sample,
  options: Options,
  findings: Findings,
): AsyncGenerator<ReadonlyArray<Entry>> {
  const lines = new Lines(format.batched === true ? Limits.maxBatchLineBytes : Limits.maxLineBytes)
  const context: FileContext = { machine: machineName(input.name), sample }
  const reader: Reader = format.reader(context)
  let understood = 0
  let strange = 0
  const parse = (texts: ReadonlyArray<string>, from: number): ReadonlyArray<Entry> => {
    const entries: Array<Entry> = []
    for (const [i, text] of texts.entries()) {
      const read = reader.line(text, from + i)
      findings.lines++
      if (read === undefined) {
        strange++
        findings.strange++
        if (findings.notUnderstood.length < mostShown)
          findings.notUnderstood.push({
            file: input.name,
            line: from + i,
            text: text.slice(0, shownCharacters),
          })
        if (format.strict === true && options.lenient !== true)
          throw new Malformed(
            from + i,
            `every line must be one of ${format.name}, found ${JSON.stringify(text.slice(0, 60))}`,
          )
        continue
      }
      understood++
      for (const entry of read) entries.push(entry)
    }
    return entries
  }
  try {
    for await (const chunk of input.open()) {
      const from = lines.count + 1
      const entries = parse(lines.push(chunk), from)
      options.onBytes?.(chunk.length)
      if (entries.length > 0) yield entries
    }
    const from = lines.count + 1
    const last = parse(lines.end(), from)
    const left = reader.end()
    if (last.length + left.length > 0) yield [...last, ...left]
  } catch (error) {
    throw refused(input.name, error)
  }
  if (understood < leastUnderstood * (understood + strange))
    throw new Refused(
      `${input.name}: at least half of its lines must be understood as ${format.name}, found ${understood} of ${understood + strange}; say --format, or describe them with --map`,
    )
}

export interface Prepared {
  readonly inputs: ReadonlyArray<Input>
  readonly samples: ReadonlyArray<Sample>
  /** Undefined where the file is a run of ours. */
  readonly format: Format | undefined
  readonly options: Options
}

/** Finds out what the files are, from their first lines. */
export const prepare = async (inputs: ReadonlyArray<Input>, options: Options): Promise<Prepared> => {
  const samples: Array<Sample> = []
  for (const input of inputs) samples.push(await sampleOf(input))
  if (options.format === undefined && samples.some(OwnLog.isBegun)) {
    if (inputs.length > 1)
      throw new Refused(
        `${inputs[1]!.name}: a run of Lightcone must come alone, found ${inputs.length} files`,
      )
    return { inputs, samples, format: undefined, options }
  }
  return { inputs, samples, format: formatOf(inputs, samples, options), options }
}

/** A run of ours, read as it is. */
async function* copied({ inputs: [input], options }: Prepared): AsyncGenerator<ReadonlyArray<Recorded>> {
  const lines = new Lines(Limits.maxLineBytes)
  let position = 0
  const read = (texts: ReadonlyArray<string>, from: number): ReadonlyArray<Recorded> =>
    texts.map((text, i) => {
      const event = OwnLog.eventOf(text, from + i, ++position)
      return position === 1 ? OwnLog.marked(event, input!.name, OwnLog.runOf(text)) : event
    })
  try {
    for await (const chunk of input!.open()) {
      const from = lines.count + 1
      const events = read(lines.push(chunk), from)
      options.onBytes?.(chunk.length)
      if (events.length > 0) yield events
    }
    const from = lines.count + 1
    const last = read(lines.end(), from)
    if (last.length > 0) yield last
  } catch (error) {
    throw refused(input!.name, error)
  }
}

const wholeSecondUs = 1_000_000

/** By how much times of different machines may be in the wrong order. */
const slackOf = (entries: ReadonlyArray<Entry>): number =>
  entries.every(({ atUs }) => atUs === null || atUs % wholeSecondUs === 0) ? wholeSecondUs : 1_000

const entriesOfSample = (format: Format, input: Input, sample: Sample): ReadonlyArray<Entry> => {
  const reader = format.reader({ machine: machineName(input.name), sample })
  return [...sample.lines.flatMap((text, i) => reader.line(text, i + 1) ?? []), ...reader.end()]
}

/** Whether nothing says to whom messages go. */
const isOpen = (entries: ReadonlyArray<Entry>): boolean =>
  entries.some(
    ({ kind, message, vector, recipients }) =>
      kind === "sent" && message === null && vector === null && recipients === null,
  )

/** Whether lines leave out what a first reading of all can tell. */
const isIndexed = (format: Format, entries: ReadonlyArray<Entry>): boolean =>
  isOpen(entries) ||
  format.soft === true ||
  format.kindless === true ||
  entries.some(
    ({ kind, message, vector, sender, recipients }) =>
      (vector !== null && message === null && sender === null) ||
      (kind === "sent" && message !== null && recipients === null),
  )

const byTime = (a: Entry, b: Entry): number => (a.atUs ?? 0) - (b.atUs ?? 0)

/** Puts into the order of time what comes late by no more than so many entries. */
async function* inTime(source: AsyncIterable<ReadonlyArray<Entry>>): AsyncGenerator<ReadonlyArray<Entry>> {
  let held: Array<Entry> = []
  for await (const entries of source) {
    for (const entry of entries) held.push(entry)
    if (held.length < 2 * Limits.entriesLate) continue
    held.sort(byTime)
    yield held.slice(0, -Limits.entriesLate)
    held = held.slice(-Limits.entriesLate)
  }
  yield held.sort(byTime)
}

async function* weave(
  prepared: Prepared,
  format: Format,
  findings: Findings,
  unsorted: boolean,
): AsyncGenerator<
  ReadonlyArray<Logged<AnyClockEvent>>,
  { readonly tally: Tally; readonly names: ReadonlyArray<string>; readonly coarse: boolean }
> {
  const { inputs, samples, options } = prepared
  const sampled = inputs.flatMap((input, i) => entriesOfSample(format, input, samples[i]!))
  const names = new Names(sampled.map(({ machine }) => machine))
  const addressing = isIndexed(format, sampled)
    ? new Addressing({
        open: isOpen(sampled),
        kindless: format.kindless === true,
        soft: format.soft === true,
      })
    : undefined
  if (addressing !== undefined) {
    for (const [i, input] of inputs.entries())
      for await (const entries of entriesOf(
        input,
        format,
        samples[i]!,
        { ...options, onBytes: () => {} },
        new Findings(),
      ))
        for (const entry of entries) addressing.note(entry, i)
    addressing.finish()
  }
  const slackUs = slackOf(sampled)
  const weaving = new Weave({
    names,
    sources: inputs.length,
    slackUs,
    unsorted,
  })
  const sources = inputs.map((input, i) => {
    const entries = entriesOf(input, format, samples[i]!, options, findings)
    return format.unsorted === true ? inTime(entries) : entries
  })
  const push = (from: number, entries: ReadonlyArray<Entry>): void => {
    for (const entry of entries) {
      weaving.note(entry)
      weaving.push(from, addressing === undefined ? entry : addressing.apply(entry, from))
    }
  }
  for (let from = weaving.wants(); from !== undefined; from = weaving.wants()) {
    try {
      const next = await sources[from]!.next()
      if (next.done === true) weaving.end(from)
      else push(from, next.value)
    } catch (error) {
      throw refused(inputs[from]!.name, error)
    }
    const events = weaving.take()
    if (events.length > 0) yield events
  }
  return { tally: weaving.tally(), names: names.all, coarse: slackUs === wholeSecondUs }
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

const notesOf = (tally: Tally, findings: Findings, files: number): ReadonlyArray<string> => {
  const { matches, derived, joined } = tally
  const several = matches["one-of-several"] ?? 0
  const untold = matches.untold ?? 0
  return [
    ...(findings.strange === 0
      ? []
      : [
          `${plural(findings.strange, "line", "lines")} of ${findings.lines} in ${plural(files, "file", "files")} were not understood`,
        ]),
    ...(joined === 0
      ? []
      : [
          `${plural(joined, "line was", "lines were")} joined to the send before, of the same clock: one send to several`,
        ]),
    ...(derived.lamport === 0
      ? []
      : [`the clocks of ${plural(derived.lamport, "event", "events")} are ours, derived from the messages`]),
    ...(derived.occurredAt === 0
      ? []
      : [`the times of ${plural(derived.occurredAt, "event", "events")} are ours, from the order of events`]),
    ...(several === 0
      ? []
      : [`${plural(several, "receipt fits", "receipts fit")} more than one send; the earliest was taken`]),
    ...(untold === 0
      ? []
      : [`of ${plural(untold, "receipt", "receipts")} the log does not say which send it was`]),
  ]
}

export interface Outcome {
  /** The run's first event, which comes last. */
  readonly first: Recorded
  readonly tally: Tally | undefined
  readonly findings: Findings
}

async function* woven(
  prepared: Prepared,
  format: Format,
  unsorted: boolean,
  done: (outcome: Outcome) => void,
): AsyncGenerator<ReadonlyArray<Recorded>> {
  const findings = new Findings()
  const weaving = weave(prepared, format, findings, unsorted)
  let next = await weaving.next()
  for (; next.done !== true; next = await weaving.next()) yield next.value
  const { tally, names, coarse } = next.value
  if (tally.events === 0)
    throw new Refused(
      `${prepared.inputs[0]!.name}: it must hold events of machines, found none in ${plural(findings.lines, "line", "lines")}`,
    )
  const files = prepared.inputs.map(({ name }) => name)
  const first: Recorded = {
    position: 1,
    machine: 0,
    version: 1,
    occurredAtUs: tally.startUs,
    kind: "run-imported",
    payload: {
      format: format.name,
      files,
      machines: names.length,
      names,
      says: format.kindsLost === true ? tally.says : ["kind", ...tally.says],
      fifo: format.fifo,
      ...(coarse && tally.says.includes("occurredAt") ? { resolutionUs: wholeSecondUs } : {}),
      notes: notesOf(tally, findings, files.length),
    },
  }
  done({ first, tally, findings })
  yield [first]
}

/**
 * The events of the run, page by page, its first event last. `attempt` says which reading of the files it is: a log
 * that turns out to go back in time throws `GoesBack`, and must be read again.
 */
export const events = (
  prepared: Prepared,
  done: (outcome: Outcome) => void,
  unsorted = false,
): AsyncGenerator<ReadonlyArray<Recorded>> => {
  const { format } = prepared
  if (format !== undefined) return woven(prepared, format, unsorted || format.unsorted === true, done)
  return (async function* () {
    let first: Recorded | undefined
    for await (const page of copied(prepared)) {
      first ??= page[0]
      yield page
    }
    done({ first: first!, tally: undefined, findings: new Findings() })
  })()
}

export { GoesBack }
