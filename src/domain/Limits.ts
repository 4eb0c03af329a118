/** Every bound of Lightcone with its reason. A number that limits something lives here and nowhere else. */

/** Machines of a real run: each has a listening socket and two links, so 5 descriptors a machine. */
export const maxRealMachines = 1_000

/** Links of a real run: a connection each, two descriptors and a heartbeat. A complete graph of 89 machines has 7,832. */
export const maxRealLinks = 8_000

/** Links of a virtual run of any topology: some hundred bytes each. A complete graph of 2,000 machines has so many. */
export const maxVirtualLinks = 4_000_000

/** Machines that one machine may send to: an event lists its recipients, and a start its neighbours. */
export const maxLinksOut = 10_000

/**
 * Machines and links of a run in causal or total order: a message carries a number for each link that its sender knows
 * of, and there may be 1,024 in every inbox. A complete graph of 50 machines has 2,450 links.
 */
export const maxOrderedMachines = 100
export const maxOrderedLinks = 2_500

/** Machines of workload mutex: a section takes some three messages for each of the others, and as many ticks of the slowest. */
export const maxMutexMachines = 32

/** Machines of workload snapshot: a verifier keeps what each snapshot that is under way counts of each link. */
export const maxSnapshotMachines = 100

/** So that neither of the sides that send is the one that begins a snapshot. */
export const minSnapshotSides = 4

/** Machines of a virtual run: columns of numbers, some hundred bytes a machine. */
export const maxVirtualMachines = 1_000_000

/** How long a message of a modelled network may be under way. */
export const maxLatencyUs = 60_000_000

/** Mean of exponential latencies: no message is under way for more than 30 times as long, so within `maxLatencyUs`. */
export const maxMeanLatencyUs = 2_000_000

/** By how much a machine's clock may be fast or slow, parts per million; a clock out by more is no clock. */
export const maxSkewPpm = 500_000

/** Ticks a second of one machine; above it a 1 ms timer no longer meets every tick on its own. */
export const minTickRateHz = 1
export const maxTickRateHz = 1_000

/** Faces of the die: rolls 1, 2 and 3 address peers, so it needs at least three. */
export const minSides = 3
export const maxSides = 1_000_000

/** Messages an inbox may hold; what is left in it is written into one `stopped` event. */
export const minInboxCapacity = 1
export const maxInboxCapacity = 65_536

/** Seeds are whole numbers that every JSON reader holds exactly. */
export const maxSeed = Number.MAX_SAFE_INTEGER

/** A run lasts at most a week: clocks and positions stay far below 2^31 at the highest rates. */
export const minDurationUs = 1_000
export const maxDurationUs = 7 * 24 * 3_600 * 1_000_000

/** A tick overdue by more than this is recorded as missed. */
export const maxLatenessUs = 1_000_000

/** W: events that a machine may decide beyond its last acknowledgement before it waits for the store. */
export const maxUnacknowledgedEvents = 64

/** Between the beginnings of two appends of a run. */
export const minAppendSpacingMs = 10

/** Events of one append: below it unnest is the fastest way in, and a batch stays under a megabyte. */
export const maxEventsPerAppend = 4_096

/**
 * Events of a virtual run that are stored in one transaction: 4 MB of records, a quarter of a second. In the embedded
 * store, where others have to wait for it, a tenth of a second.
 */
export const eventsPerBlock = 65_536
export const eventsPerEmbeddedBlock = 8_192

/** Events of one page read from the log: some 400 KB, so a run of any length is read in bounded memory. */
export const eventsPerPage = 4_096

/** Of a log from elsewhere: machines, and bytes of a line (16 MiB in formats whose lines hold many events). */
export const maxImportedMachines = 10_000
export const maxLineBytes = 1_048_576
export const maxBatchLineBytes = 16_777_216
/** Events of a log from elsewhere that wait for their place; then what they wait for is called missing. */
export const maxEventsWaiting = 500_000
/** Spans are written when they end, so their beginnings come late, by no more than so many entries. */
export const entriesLate = 65_536
/** A log of more events is projected by the first who asks. */
export const eventsProjectedAtImport = 200_000
/** Messages and vector clocks of which a log that does not name them is looked through before it is read. */
export const maxIndexedEntries = 2_000_000

/** A virtual run of more events is projected by the first who asks. */
export const eventsProjectedAtOnce = 1_000_000

/** Unacknowledged messages that a link keeps in memory; beyond them it reads the log, which is the outbox. */
export const maxHeldMessagesPerLink = 256

/** Bytes of frames gathered into one write on a link: one segment on loopback. */
export const maxBytesPerWrite = 16_384

/** A frame's body: the largest, a handshake, is under 100 bytes, so 256 leaves room and starves nobody. */
export const maxFrameBytes = 256

/** A connection that has not finished its handshake by then is closed. */
export const handshakeTimeoutMs = 5_000

/** Each end of a link says that it lives when it has said nothing for this long. */
export const heartbeatIntervalMs = 5_000

/** A link whose other end has been silent for this long is cut and made anew. */
export const linkSilenceTimeoutMs = 20_000

/** How often both ends of all links look at what to acknowledge and whom they have not heard. */
export const linkPulseMs = 250

/** In so many steps, as four thousand ends at once take longer than a tick may be late. */
export const linkPulseSteps = 25

/** A receiving end acknowledges after this long, or sooner when much has come: a write for many messages. */
export const acknowledgementDelayMs = 2_000

/**
 * Connections that a listening socket holds for us until we take them, one a turn of the event loop. A sender that
 * finds no place among them tries again only after a second.
 */
export const listenBacklog = 512

/**
 * Connections at all ports of a process that have not shown the run's secret, and again, beside one a link, those
 * that have but brought no message yet. The oldest goes when another comes: a true sender is through within a few
 * turns of the event loop, in which no stranger makes so many.
 */
export const maxUnprovenConnections = 256
/** Where the system gives few descriptors: within those that a run keeps free for whatever it may need. */
export const minUnprovenConnections = 16

/** Lines that a second may say of what was refused; the rest is counted in one more. */
export const refusalLinesPerSecond = 3

/** Links that are being connected at once when a mesh comes up; more would overflow listen queues. */
export const connectConcurrency = 64

/** First and largest delay before a link or the recorder tries again. */
export const minBackoffMs = 50
export const maxBackoffMs = 2_000

/** The lease on a run's head, by the database's clock. */
export const leaseDurationMs = 10_000
export const leaseRenewalMs = 2_000

/** How often a lease that stands is looked at by somebody who waits for its end. */
export const leasePollMs = 500

/** How long the recorder goes on trying to reach a store that went away. */
export const maxStoreOutageMs = 60_000

/** Failures that a verification lists for one invariant; the rest are counted. */
export const maxListedFailures = 20

/** Machines of which vector clocks are kept: 16 bytes a message in flight for each, and a look at every event. */
export const maxObservedMachines = 16

/** Where a Postgres listens unless its URL says otherwise. */
export const defaultPostgresPort = 5_432

/** Connections of one process: the recorder's, a projector's and two readers'; poolers have few to give. */
export const maxPoolConnections = 4

/** A store that has not answered by then is called unreachable; a URL may say up to ten minutes. */
export const connectTimeoutMs = 10_000
export const maxConnectTimeoutMs = 600_000

/** A pooled connection unused for this long is closed. */
export const idleConnectionTimeoutMs = 10_000

/** A connection that has not closed in good order by then is cut. */
export const closeConnectionTimeoutMs = 2_000

/**
 * Events that a projector takes at once: of a run under way few, so that a tick beside it is not made late (some
 * 2 ms); of a run that is caught up many, since each batch costs a transaction and a message sent and received
 * within one is written once; by statement as many as one statement takes well.
 */
export const eventsPerLiveProjection = 512
export const eventsPerBulkProjection = 32_768
export const eventsPerStatementProjection = 4_096

/** Events that are applied in one turn of the event loop: some 2 ms, in which a batch that is written has to wait. */
export const eventsPerTurn = 256

/** A view is replaced when nobody reads it; this often it is tried, each time for some seconds. */
export const maxShowAttempts = 30

/** How often a follower looks for new events: soon enough to read along, seldom enough to cost nothing. */
export const followPollMs = 200

/** The same of a busy run, whose ticks share the processors with whoever follows it. */
export const busyFollowPollMs = 500

/** Rows of one fetch from a stranger's query: an answer of any size is printed in bounded memory. */
export const rowsPerFetch = 1_000

/** How long a query of `sql` may take unless it says otherwise. */
export const queryTimeLimitMs = 60_000

/** A guest's statement on the embedded store while a run is recorded: what a run may have to wait for. */
export const readerStatementLimitMs = 5_000

/** A guest's transaction that is left open and idle for this long is ended: PGlite has one session for all. */
export const readerIdleInTransactionMs = 1_000

/** How long a statement whose client went away, or asked to cancel it, may go on before PGlite is restarted. */
export const abandonedStatementMs = 250

/** Connections of guests, and of the holder's own process, at the embedded store. */
export const maxReaderConnections = 32
export const maxOwnerConnections = 16

/** Bytes of a client's one unit of messages at the embedded store: the largest append is under 2 MB. */
export const maxClientUnitBytes = 64 * 1024 * 1024

/** Bytes of complete units that a client may have waiting at the embedded store before its socket is paused. */
export const maxClientBacklogBytes = 1024 * 1024

/** Bytes of answers on their way to a slow client before the embedded store stops and waits for it. */
export const maxUnsentAnswerBytes = 32 * 1024 * 1024

/** PGlite makes no checkpoint by itself; after this many bytes of statements its log has grown by some 64 MB. */
export const bytesBetweenCheckpoints = 24 * 1024 * 1024

/** Restarts of PGlite that may fail one after the other before the embedded store is given up. */
export const maxFailedRestarts = 3

/** How long a guest waits for a holder that is starting up, and a writer for a reader that holds the store. */
export const holderPatienceMs = 15_000

/** How long the embedded store may take to close before its threads are cut; the next start then recovers. */
export const closeStoreTimeoutMs = 15_000

/** A reader's statement on an embedded store that is only served: nobody's run waits behind it. */
export const servedStatementLimitMs = 600_000

/** Rounds after which an iteration of the prediction is given up: those that settle do so in far fewer. */
export const maxPredictionRounds = 5_000

/** Links of a graph that is foretold: the equations of more take longer than such a run in virtual time. */
export const maxForetoldLinks = 40_000

/** Starts drawn at random from which fixed points are sought where there may be several; fewer for many machines. */
export const predictionStarts = 16
export const predictionStartMachines = 4_000

/** Up to so many machines every choice of saturated ones is tried: 1,024 small systems of equations. */
export const maxEnumeratedMachines = 10

/** Machines whose prediction a run's summary compares with what was measured: a machine takes some 70 us and 8 KB. */
export const maxComparedMachines = 10_000

/** Fixed points that a prediction lists: a table longer than that says nothing to anybody. */
export const maxFixedPoints = 16

/** Runs of one experiment: they go one after another in real time, and each leaves a directory of its own. */
export const maxExperimentRuns = 1_000

/** Runs of one experiment of which only results are kept, some kilobytes each. */
export const maxUnstoredRuns = 100_000

/** Machines of a run of which an experiment's tables foretell measures: equations of more take longer than the run. */
export const maxForetoldMachines = 100

/** Runs of a setting with drawn rates whose predictions are averaged. */
export const maxForetoldRuns = 1_000

/** Threads that make runs: more than any computer has cores for. */
export const maxWorkers = 1_024

/** Runs that a report of an experiment, or over HTTP, shows: more than anybody looks through, and each is held while it is written. */
export const maxReportedRuns = 30

/** Bytes of an experiment's description: far more than anybody writes by hand. */
export const maxDescriptionBytes = 1024 * 1024

/** Events in a report's space-time diagram: some 5 MB of the page, and drawn whole in a fraction of a second. */
export const maxDiagramEvents = 120_000

/** And so many messages for each of them at most: a broadcast has as many as there are machines. */
export const messagesPerDiagramEvent = 4

/** Points of all lines of one chart of a report: more than a page has pixels, and each line keeps its extremes. */
export const maxChartPoints = 40_000
export const minChartPointsPerMachine = 64

/** Changes of machine that `why` goes back along: each asks the store once or more, a millisecond or two. */
export const maxLegsOfChain = 500

/** Events of the first look back along a stream, most of which find what they want in a few; the next are longer. */
export const eventsLookedBackOn = 64

/** Where a log ends at the latest: positions are integers of Postgres. */
export const maxPosition = 2_147_483_647

/** Events and rows in one answer of the HTTP API; the next page is another request. */
export const maxEventsPerAnswer = 4_096
export const defaultEventsPerAnswer = 1_000

/** Runs in one answer of the HTTP API. */
export const maxRunsPerAnswer = 1_000

/** A request that needs the whole log reads so many events at most; the command line has no such bound. */
export const maxEventsReadPerRequest = 1_000_000

/** Connections to the store that an instance of the handler keeps unless told otherwise. */
export const connectionsPerInstance = 1

/** A stream of events ends by itself, to be resumed by the client: proxies and platforms end it later, and less kindly. */
export const maxEventStreamMs = 300_000

/** Says that a silent stream lives, and so finds out that its reader does not. */
export const eventStreamHeartbeatMs = 15_000

/** Pages of a followed run that an instance keeps for all who follow it; who is further behind reads for itself. */
export const keptFeedPages = 64

/** Where `serve` listens unless told otherwise. */
export const defaultHttpPort = 4_000

/** SQL over HTTP: rows of an answer, its time, queries at once, and the text of a query. */
export const maxSqlRows = 10_000
export const sqlTimeLimitMs = 10_000
export const maxSqlAtOnce = 2
export const maxSqlLength = 20_000

/** A worker that finds nothing to carry out looks again after so long, twice as long each time up to the second. */
export const workPollMs = 1_000
export const maxWorkPollMs = 30_000

/** How often a worker looks whether the stop of its run was asked for. */
export const stopPollMs = 1_000

/**
 * A requested run that was taken up in vain is taken up again after so long, in which a lease that stands has run out,
 * and after twice as long each time; five minutes later it has had all its attempts.
 */
export const requestRetryMs = leaseDurationMs
export const maxRequestRetryMs = 600_000
export const maxRequestAttempts = 6

/** A virtual run of so many ticks at most is carried out within its request, which may take so long. */
export const maxTicksWithinRequest = 20_000
export const maxRunWithinRequestMs = 5_000

/** A client's key of a request, characters. */
export const maxRequestKeyLength = 200

/** A body that is sent to the HTTP API. */
export const maxBodyBytes = 262_144

/** Machines of a configuration that is foretold within a request. */
export const maxForetoldPerRequest = 1_000

/**
 * Requests a second, of one client and of all, that an instance takes in; twice as many may come at once after a pause.
 * A client that asks without a pause gets some thousand cheap answers a second, so what is refused is no work of people.
 */
export const clientRequestsPerSecond = 2_000
export const totalRequestsPerSecond = 10_000

/** The highest rate that can be set. */
export const maxRequestsPerSecond = 1_000_000

/** Wrong tokens of one client: a mistake has room, and who guesses gets 43,000 tries a day. */
export const wrongTokensAtOnce = 100
export const wrongTokensPerSecond = 0.5

/** Clients that an instance remembers; those that asked longest ago are forgotten first, and have their tokens again. */
export const maxClientsRemembered = 10_000

/** Characters of an address that tells clients apart: an IPv6 one with its zone has fewer. */
export const maxAddressLength = 64

/** Requests that are in work in an instance at once: a thousand who come back after a cut, and no pile beyond. */
export const maxRequestsInWork = 1_024

/** Requests that read a whole log, at once and waiting: each holds what it collects, so few go together. */
export const maxWholeLogsAtOnce = 4
export const maxWholeLogsWaiting = 30

/** Queries of SQL that wait for their turn. */
export const maxSqlWaiting = 30

/** Streams of events that an instance keeps open at once, and of these one client's. */
export const maxEventStreams = 2_048
export const maxEventStreamsPerClient = 1_024

/**
 * Connections of the server on Node: more than requests in work and streams may have together, so that somebody idle can
 * always make room.
 */
export const maxHttpConnections = 4_096

/** A request's headers, and all of it, must have come within so long; how often that is looked at. */
export const httpHeadersMs = 10_000
export const httpRequestMs = 30_000
export const httpCheckMs = 1_000

/** A connection waits so long for its next request: longer than proxies keep theirs, which would send into one that closes. */
export const httpKeepAliveMs = 65_000

/** A connection on which nothing moved for so long is cut: far longer than the heartbeats of a stream are apart. */
export const httpIdleMs = 120_000

/** Headers of a request, bytes. */
export const maxHeaderBytes = 16_384

/** Messages of a run whose traces go out in a second, on average at most: a thousand machines would drown a collector. */
export const messageTracesPerSecond = 10

/** Traced messages that are on their way, of which it is remembered when they were committed. */
export const maxTracedInFlight = 4_096

/** Traces a second that begin here with a request or a command, and spans of one such trace, a run's for instance. */
export const localTracesPerSecond = 100
export const maxSpansPerLocalTrace = 100

/** An event that is older when a projection takes it in belongs to a trace that collectors have long closed. */
export const maxTracedProjectionAgeMs = 600_000

/** Spans that wait to be sent; while nobody takes them, further ones are let go. */
export const maxWaitingSpans = 8_192

/** Spans of one export request. */
export const maxSpansPerRequest = 512

/** So long spans are gathered, and so long between exports of metrics unless OTEL_METRIC_EXPORT_INTERVAL says otherwise. */
export const spanExportDelayMs = 1_000
export const metricExportIntervalMs = 60_000

/** A collector has so long for an answer; and so long in all for what is left when a process ends. */
export const telemetryTimeoutMs = 5_000
export const telemetryFlushMs = 1_500

/** Pauses after a collector that could not be reached: the first, and the longest, twice as long each time. */
export const minTelemetryBackoffMs = 1_000
export const maxTelemetryBackoffMs = 30_000

/** Of what a fork copies of a real run, whose first event names each of them. */
export const maxCopiedUnderWay = 100_000

/** Of each of two runs that are compared in causal order, which holds both in memory: some 300 bytes an event. */
export const maxDifferedEvents = 1_000_000

/** Machines of a run whose clocks are compared: every event has a vector of them, and an interval tree. */
export const maxClockMachines = 1_000

/** Up to so many events all pairs of them are compared, by every clock: three million pairs. */
export const maxEventsComparedInPairs = 2_500

/** Of longer logs: events that are held against all that follow, and pairs of each that are compared, by kind. */
export const clockAnchors = 1_000
export const pairsOfClockAnchor = 32

/** Events that one clock stamps before the next clock does: so its time is measured, and not that of looking at the time. */
export const eventsStampedAtOnce = 256

/** By how much modelled physical clocks may differ: a day. */
export const maxClockSkewUs = 86_400_000_000

/** What is kept of stamps for SQL: of so many events or, where stamps are long, until their texts are so many characters. */
export const maxEventsOfKeptStamps = 20_000
export const maxKeptStampCharacters = 16 * 1024 * 1024

/** Stamps of one statement: they stay under some megabytes. */
export const stampsPerInsert = 4_096
