/**
 * Loaded into a process under torture before its program: it watches the bytes of every socket and writes a line of
 * the ledger, at once, for each thing that an observer on the wire would see. It knows the protocols and nothing of
 * the program.
 *
 *   begin B machine/version,...    an append leaves for the store
 *   ack B HEAD                     the store acknowledged it, and the log then ends at HEAD
 *   refused B                      the store moved no head
 *   lost B                         its connection ended without an answer
 *   head HEAD B                    asked where the log ends, the store said so, and that append B was its last (0: none of ours)
 *   left S R V                     the bytes of message (S, V) to R left
 *   at PHASE                       the process stands still at a point of its torment, to be killed there
 *
 * LIGHTCONE_LEDGER is a file descriptor. LIGHTCONE_HALT=PHASE:N halts at the N-th point of that phase.
 * LIGHTCONE_CUT_LINK=N resets a link at the N-th time that messages leave.
 */
import { writeSync } from "node:fs"
import { Socket } from "node:net"
import { isMainThread } from "node:worker_threads"

const ledger = Number(process.env.LIGHTCONE_LEDGER)
const [haltPhase, haltCount] = (process.env.LIGHTCONE_HALT ?? ":0").split(":")
let haltsLeft = Number(haltCount)
let cutsLeft = Number(process.env.LIGHTCONE_CUT_LINK ?? 0)

const say = (text) => writeSync(ledger, `${text}\n`)

const point = (phase) => {
  if (phase !== haltPhase || --haltsLeft !== 0) return
  say(`at ${phase}`)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
}

const linkMagic = 0x4e4f434c
const helloType = 1
const messageType = 3
const bindType = 0x42
const dataRowType = 0x44
const readyType = 0x5a

let batches = 0
/** What appends call their batches, with the number of the last append that did. */
const numbers = new Map()

/** The elements of an array literal of whole numbers. */
const elements = (literal) => literal.slice(1, -1).split(",")

/**
 * The parameters of an append, as Postgres' Bind has them: its batch the second, and a list a column, machine and
 * version the fourth and fifth of them.
 */
const addressesIn = (parameters) => {
  const lists = parameters.filter((text) => text.startsWith("{"))
  const [machines, versions] = [elements(lists[3]), elements(lists[4])]
  return machines.map((machine, i) => `${machine}/${versions[i]}`)
}

const parametersOf = (body) => {
  let at = body.indexOf(0) + 1
  at = body.indexOf(0, at) + 1
  const formats = body.readInt16BE(at)
  at += 2 + 2 * formats
  const count = body.readInt16BE(at)
  at += 2
  const found = []
  for (let i = 0; i < count; i++) {
    const length = body.readInt32BE(at)
    at += 4
    if (length < 0) found.push("")
    else {
      found.push(body.toString("utf8", at, at + length))
      at += length
    }
  }
  return found
}

/** What we know of a socket: the other end's protocol shows in the first bytes that leave. */
const watched = new WeakMap()

const stateOf = (socket) => {
  let state = watched.get(socket)
  if (state === undefined) {
    state = { kind: "unknown", out: Buffer.alloc(0), in: Buffer.alloc(0), append: undefined, started: false }
    watched.set(socket, state)
  }
  return state
}

const outOfLink = (state, bytes) => {
  state.out = Buffer.concat([state.out, bytes])
  let left = false
  while (state.out.length >= 5) {
    const length = state.out.readUInt32LE(0)
    if (state.out.length < 4 + length) break
    const type = state.out[4]
    if (type === helloType)
      [state.sender, state.recipient] = [state.out.readUInt32LE(23), state.out.readUInt32LE(27)]
    if (type === messageType) {
      say(`left ${state.sender} ${state.recipient} ${state.out.readUInt32LE(5)}`)
      left = true
    }
    state.out = state.out.subarray(4 + length)
  }
  return left
}

/** Whether an append is among the messages. */
const outToStore = (state, bytes) => {
  state.out = Buffer.concat([state.out, bytes])
  let appends = false
  if (!state.started && state.out.length >= 8) {
    const length = state.out.readInt32BE(0)
    if (state.out.length < length) return false
    // SSLRequest is followed by the start-up message, which has no type either.
    state.started = state.out.readInt32BE(4) !== 80877103
    state.out = state.out.subarray(length)
  }
  while (state.started && state.out.length >= 5) {
    const length = 1 + state.out.readInt32BE(1)
    if (state.out.length < length) break
    const message = state.out.subarray(0, length)
    if (message[0] === 0x50) state.statement = message.toString("latin1", 5, 5 + 120)
    if (message[0] === bindType && /set head = head/.test(state.statement ?? "")) {
      state.append = ++batches
      state.head = undefined
      const parameters = parametersOf(message.subarray(5))
      numbers.set(parameters[1], state.append)
      say(`begin ${state.append} ${addressesIn(parameters).join(",")}`)
      appends = true
    } else if (message[0] === bindType)
      state.asksHead = /select run_key, head, epoch/.test(state.statement ?? "")
    state.out = state.out.subarray(length)
  }
  return appends
}

/** The columns of a DataRow as text; null ones are empty. */
const columnsOf = (message) => {
  const found = []
  let at = 7
  for (let left = message.readInt16BE(5); left > 0; left--) {
    const length = Math.max(0, message.readInt32BE(at))
    found.push(message.toString("utf8", at + 4, at + 4 + length))
    at += 4 + length
  }
  return found
}

const inFromStore = (state, bytes) => {
  state.in = Buffer.concat([state.in, bytes])
  let acknowledged = false
  while (state.in.length >= 5) {
    const length = 1 + state.in.readInt32BE(1)
    if (state.in.length < length) break
    const message = state.in.subarray(0, length)
    if (message[0] === dataRowType && state.append !== undefined) state.head = columnsOf(message)[0]
    if (message[0] === dataRowType && state.asksHead) {
      const [, head, , , lastBatch] = columnsOf(message)
      say(`head ${head} ${numbers.get(lastBatch) ?? 0}`)
    }
    if (message[0] === readyType) state.asksHead = false
    if (message[0] === readyType && state.append !== undefined) {
      acknowledged = state.head !== undefined
      say(acknowledged ? `ack ${state.append} ${state.head}` : `refused ${state.append}`)
      state.append = undefined
    }
    state.in = state.in.subarray(length)
  }
  return acknowledged
}

const isLink = (bytes) => bytes.length >= 9 && bytes[4] === helloType && bytes.readUInt32LE(5) === linkMagic
const isStore = (bytes) =>
  bytes.length >= 8 && (bytes.readInt32BE(4) === 196_608 || bytes.readInt32BE(4) === 80_877_103)

const observeOut = (socket, bytes) => {
  const state = stateOf(socket)
  if (state.kind === "unknown") state.kind = isLink(bytes) ? "link" : isStore(bytes) ? "store" : "other"
  if (state.kind === "link") return outOfLink(state, bytes) ? "sent" : undefined
  if (state.kind === "store") return outToStore(state, bytes) ? "append" : undefined
  return undefined
}

const { _writeGeneric, push, _destroy } = Socket.prototype
const bytesOf = (data) =>
  Array.isArray(data) ? Buffer.concat(data.map(({ chunk }) => Buffer.from(chunk))) : Buffer.from(data)

const watch = () => {
  Socket.prototype._writeGeneric = function (writev, data, encoding, callback) {
    const happened = this.connecting ? undefined : observeOut(this, bytesOf(data))
    if (happened === "append") point("before-append")
    const written = _writeGeneric.call(this, writev, data, encoding, callback)
    if (happened === "append") point("commit-unknown")
    if (happened === "sent") {
      point("sent")
      if (cutsLeft > 0 && --cutsLeft === 0) this.resetAndDestroy()
    }
    return written
  }

  Socket.prototype.push = function (chunk, encoding) {
    const state = watched.get(this)
    if (chunk !== null && state?.kind === "store" && inFromStore(state, Buffer.from(chunk)))
      point("committed")
    return push.call(this, chunk, encoding)
  }

  Socket.prototype._destroy = function (error, callback) {
    const state = watched.get(this)
    if (state?.append !== undefined) say(`lost ${state.append}`)
    return _destroy.call(this, error, callback)
  }
}

// The threads of the embedded store inherit what is loaded first.
if (isMainThread) watch()
