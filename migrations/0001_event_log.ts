/** The event log, its heads, and the names that users query. */

const clockKinds = "1, 2, 3"
const iso = (us: string) =>
  `to_char((timestamptz 'epoch' + ${us} * interval '1 microsecond') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
const time = (us: string) => `timestamptz 'epoch' + ${us} * interval '1 microsecond'`

const us = (iso: string) => `(extract(epoch from (${iso})::timestamptz) * 1000000)::bigint`

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

  // One grouping rather than joins: a database that was never analysed (the embedded one never is) would join
  // in nested loops, a minute for a run of 200,000 events. And a run at a time, so that its key leads.
  `create view lightcone.messages as
    select h.run_id, m.*
    from lightcone.run_heads h cross join lateral (
      select sender, send_version, recipient, max(sent_lamport) as sent_lamport,
        ${time("max(sent_at)")} as sent_at, ${time("max(arrived_at)")} as arrived_at,
        ${time("max(at) filter (where kind = 3)")} as received_at,
        max(version) filter (where kind = 3) as received_version,
        max(lamport) filter (where kind = 3) as received_lamport,
        ${time("max(at) filter (where kind = 5)")} as dropped_at, max(reason) as drop_reason
      from (
        select machine as sender, version as send_version, r.recipient::integer, lamport as sent_lamport,
          occurred_at as sent_at, null::bigint as arrived_at, kind, null::bigint as at, null::integer as version,
          null::integer as lamport, null as reason
        from lightcone.log cross join lateral unnest(string_to_array(recipients, ',')) r (recipient)
        where run_key = h.run_key and kind = 2
        union all
        select sender, send_version, machine, null, null, arrived_at, kind, occurred_at, version, lamport,
          payload ->> 'reason'
        from lightcone.log where run_key = h.run_key and kind in (3, 5)
        union all
        select (i ->> 'sender')::integer, (i ->> 'sendVersion')::integer, machine, null, null,
          ${us("i ->> 'arrivedAt'")}, kind, null, null, null, null
        from lightcone.log l cross join lateral jsonb_array_elements(payload -> 'inbox') i
        where run_key = h.run_key and kind = 7 and not exists (
          select from lightcone.log later
          where later.run_key = l.run_key and later.machine = l.machine and later.version = l.version + 1)
      ) parts
      group by sender, send_version, recipient
      having count(sent_at) > 0) m`,

  // What a graceful stop left in an inbox is in flight again after a resume, so the queue then starts empty.
  `create view lightcone.queue_lengths as
    select h.run_id, q.machine, ${time("q.at")} as at, q.queue_length
    from lightcone.run_heads h cross join lateral (
      select machine, at, (sum(step) over (partition by machine order by at))::integer as queue_length
      from (
        select machine, s.at, s.step
        from lightcone.log cross join lateral (values (arrived_at, 1), (occurred_at, -1)) s (at, step)
        where run_key = h.run_key and (kind = 3 or kind = 5 and payload ->> 'reason' = 'drop-oldest')
        union all
        select machine, ${us("i ->> 'arrivedAt'")}, 1
        from lightcone.log cross join lateral jsonb_array_elements(payload -> 'inbox') i
        where run_key = h.run_key and kind = 7
        union all
        select machine, occurred_at, - (
          select jsonb_array_length(stop.payload -> 'inbox') from lightcone.log stop
          where stop.run_key = h.run_key and stop.machine = l.machine and stop.version = l.version - 1
            and stop.kind = 7)
        from lightcone.log l where run_key = h.run_key and kind = 8
      ) steps
      where step <> 0) q`,
]
