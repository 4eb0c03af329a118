/** What columns of tables and keys of objects are called, whatever their case and punctuation. */

/** `payload` holds further fields; the flags say 1 on events of their kind. */
export type FieldName =
  | "kind"
  | "machine"
  | "time"
  | "lamport"
  | "queue"
  | "recipients"
  | "sender"
  | "senderLamport"
  | "message"
  | "arrivedAt"
  | "vector"
  | "label"
  | "version"
  | "sendVersion"
  | "payload"
  | "sentFlag"
  | "receivedFlag"

const synonyms: Readonly<Record<FieldName, string>> = {
  kind: "kind event eventtype eventkind type action operation op",
  machine:
    "machine machineid machinename machinenumber process processid processname proc pid host hostname node nodeid nodename vm vmid site actor",
  time: `time timestamp ts systemtime systemtimestamp globaltime occurredat at datetime walltime wallclock realtime
    timeglob timeglobal eventtime realworldtime`,
  lamport: `lamport lamportclock lamporttime lamporttimestamp l lc clock clockvalue clocktime clockcounter
    logicalclock logicalclocktime logicalclockvalue logicaltime logical localclock timelocal newclock lclock`,
  queue: `queue queuelength queuelen queuesize qlen qsize messagequeue messagequeuelength messagequeuelen
    messagequeuesize msgqueuelength lengthofqueue lengthofmessagequeue inbox inboxlength`,
  recipients: `to recipient recipients recipientid receiver receivers receiverid reciever destination destinations
    dest target targets toport tomachine`,
  sender: "from sender senderid source src fromport frommachine",
  senderLamport: `senderlamport senderclock senderlogicalclock senderlogicaltime messageclock messagelamport msgclock
    messagetime messagetimestamp receivedclock receivedlamport receivedtime receivedtimestamp receivedlogicalclock
    remoteclock`,
  message: "message messageid msg msgid mid",
  arrivedAt: "arrivedat arrived arrivaltime arrival",
  vector: "vector vectorclock vc vclock",
  label: "label text description note details detail comment",
  version: "version",
  sendVersion: "sendversion",
  payload: "payload",
  sentFlag: "sentmessage messagesent issend",
  receivedFlag: "messagereceived receivedmessage isreceive",
}

const table: ReadonlyMap<string, FieldName> = new Map(
  Object.entries(synonyms).flatMap(([field, list]) =>
    list.split(/\s+/).map((name) => [name, field as FieldName] as const),
  ),
)

/** Files have few names of fields; one of garbage must not fill the memory. */
const rememberedNames = 512
const remembered = new Map<string, FieldName | undefined>()

export const fieldOf = (name: string): FieldName | undefined => {
  const known = remembered.get(name)
  if (known !== undefined || remembered.has(name)) return known
  const field = name.length > 64 ? undefined : table.get(name.toLowerCase().replace(/[^a-z0-9]+/g, ""))
  if (remembered.size < rememberedNames) remembered.set(name, field)
  return field
}
