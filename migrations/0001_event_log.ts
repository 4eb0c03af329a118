/** The event log, its heads, and the names that users query. */

const clockKinds = "1, 2, 3"
const iso = (us: string) =>
  `to_char((timestamptz 'epoch' + ${us} * interval '1 microsecond') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
const time = (us: string) => `timestamptz 'epoch' + ${us} * interval '1 microsecond'`

export const name = "0001_event_log"

export const statements: ReadonlyArray<string> = [
  // A run's head: where its log ends, and who may go on with it. Updated by every append, so rows stay HOT.
  `create table lightcone.run_heads (
    run_key integer generated always as identity primary key,
    run_id text not null unique check (run_id ~ '^[a-z0-9]{12}$'),
    head integer not null default 0,
    epoch integer not null default 1,
    owner text,
    lease_until timestamptz,
    last_batch text,
    created_at timestamptz not null default clock_timestamp()
  ) with (fillfactor = 50)`,

  // Times are microseconds since the epoch. What the columns do not hold of a payload stands in payload.
  `create table lightcone.log (
    occurred_at bigint not null,
    sent_at bigint,
    arrived_at bigint,
    run_key integer not null,
    position integer not null,
    machine integer not null,
    version integer not null,
    lamport integer,
    queue_length integer,
    sender integer,
    send_version integer,
    sender_lamport integer,
    kind smallint not null,
    payload_version smallint not null,
    recipients text,
    payload jsonb,
    primary key (run_key, machine, version)
  )`,

  // Pages are read by position. Sixty-four events share one key, which a btree keeps once for all of them:
  // some 7 bytes an event instead of 24, and, unlike a BRIN, no summaries that somebody has to keep up.
  `create index log_pages on lightcone.log (run_key, (position / 64))`,

  `create function lightcone.kind_name(kind smallint) returns text language sql immutable parallel safe as
    $$ select (array['internal', 'sent', 'received', 'started', 'dropped', 'missed', 'stopped', 'resumed',
                     'run-started', 'run-resumed', 'run-finished'])[kind] $$`,

  `create view lightcone.events as
    select h.run_id, l.position, l.machine, l.version, lightcone.kind_name(l.kind) as kind,
      ${time("l.occurred_at")} as occurred_at, l.lamport, l.queue_length,
      case
        when l.kind = 2 then jsonb_build_object('recipients', to_jsonb(string_to_array(l.recipients, ',')::int[]))
        when l.kind in (3, 5) then jsonb_build_object(
          'sender', l.sender, 'sendVersion', l.send_version, 'senderLamport', l.sender_lamport,
          'sentAt', ${iso("l.sent_at")}, 'arrivedAt', ${iso("l.arrived_at")})
        when l.kind = 6 and l.payload_version = 1 then jsonb_build_object('reason', 'overdue')
        else '{}'::jsonb
      end || coalesce(l.payload, '{}'::jsonb) as payload
    from lightcone.log l join lightcone.run_heads h using (run_key)`,

  `create view lightcone.runs as
    select h.run_id,
      case
        when f.occurred_at is not null then 'finished'
        when h.lease_until > clock_timestamp() then 'running'
        else 'interrupted'
      end as status,
      s.payload ->> 'mode' as mode,
      (s.payload ->> 'seed')::bigint as seed,
      (s.payload ->> 'machines')::integer as machines,
      h.head as events,
      ${time("s.occurred_at")} as started_at,
      ${time("f.occurred_at")} as finished_at,
      s.payload as config
    from lightcone.run_heads h
    left join lightcone.log s on s.run_key = h.run_key and s.machine = 0 and s.version = 1
    left join lightcone.log f on f.run_key = h.run_key and f.machine = 0 and f.kind = 11`,

  `create view lightcone.machines as
    select h.run_id, l.machine, l.machine::text as name,
      max((l.payload ->> 'rate')::integer) filter (where l.kind = 4) as rate,
      count(*) filter (where l.kind in (${clockKinds})) as ticks,
      count(*) filter (where l.kind = 1) as internal,
      count(*) filter (where l.kind = 2) as sent,
      count(*) filter (where l.kind = 3) as received,
      count(*) filter (where l.kind = 5) as dropped,
      max(l.lamport) as lamport,
      max(l.queue_length + case when l.kind = 3 or l.kind = 5 and l.payload ->> 'reason' = 'drop-oldest'
                                then 1 else 0 end) as max_queue_length
    from lightcone.log l join lightcone.run_heads h using (run_key)
    where l.machine > 0
    group by h.run_id, l.run_key, l.machine`,

  `create view lightcone.messages as
    with waiting as (
      select l.run_key, l.machine, (i ->> 'sender')::integer as sender,
        (i ->> 'sendVersion')::integer as send_version, (i ->> 'arrivedAt')::timestamptz as arrived_at
      from lightcone.log l, jsonb_array_elements(l.payload -> 'inbox') i
      where l.kind = 7)
    select h.run_id, s.machine as sender, s.version as send_version, r.recipient,
      s.lamport as sent_lamport, ${time("s.occurred_at")} as sent_at,
      coalesce(${time("d.arrived_at")}, w.arrived_at) as arrived_at,
      case when d.kind = 3 then ${time("d.occurred_at")} end as received_at,
      case when d.kind = 3 then d.version end as received_version,
      case when d.kind = 3 then d.lamport end as received_lamport,
      case when d.kind = 5 then ${time("d.occurred_at")} end as dropped_at,
      case when d.kind = 5 then d.payload ->> 'reason' end as drop_reason
    from lightcone.log s
    join lightcone.run_heads h using (run_key)
    cross join lateral (select x::integer as recipient from unnest(string_to_array(s.recipients, ',')) x) r
    left join lightcone.log d on d.run_key = s.run_key and d.machine = r.recipient
      and d.sender = s.machine and d.send_version = s.version and d.kind in (3, 5)
    left join waiting w on w.run_key = s.run_key and w.machine = r.recipient
      and w.sender = s.machine and w.send_version = s.version and d.kind is null
    where s.kind = 2`,

  `create view lightcone.queue_lengths as
    with steps as (
      select run_key, machine, ${time("arrived_at")} as at, 1 as step
      from lightcone.log
      where kind = 3 or kind = 5 and payload ->> 'reason' = 'drop-oldest'
      union all
      select run_key, machine, ${time("occurred_at")}, -1
      from lightcone.log
      where kind = 3 or kind = 5 and payload ->> 'reason' = 'drop-oldest'
      union all
      select l.run_key, l.machine, (i ->> 'arrivedAt')::timestamptz, 1
      from lightcone.log l, jsonb_array_elements(l.payload -> 'inbox') i
      where l.kind = 7)
    select h.run_id, s.machine, s.at,
      (sum(s.step) over (partition by s.run_key, s.machine order by s.at))::integer as queue_length
    from steps s join lightcone.run_heads h using (run_key)`,
]
