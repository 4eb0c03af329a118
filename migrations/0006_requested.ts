/** Runs that were asked for: a kind of event more, and which of them wait for somebody to carry them out. */
const time = (us: string) => `timestamptz 'epoch' + ${us} * interval '1 microsecond'`

export const name = "0006_requested"

export const statements: ReadonlyArray<string> = [
  `create or replace function lightcone.kind_name(kind smallint) returns text
    language sql immutable parallel safe as
    $$ select (array['internal', 'sent', 'received', 'started', 'dropped', 'missed', 'stopped', 'resumed',
                     'run-started', 'run-resumed', 'run-finished', 'run-imported', 'fault-injected',
                     'run-requested'])[kind] $$`,

  // Whether a request is open: asked for, and neither finished nor stopped. Its client's key names one run for ever.
  `alter table lightcone.run_heads
    add column request_open boolean not null default false,
    add column request_key text,
    add column stop_asked boolean not null default false`,
  `create unique index run_heads_request_key on lightcone.run_heads (request_key)`,
  `create index run_heads_request_open on lightcone.run_heads (run_key) where request_open`,

  `create or replace view lightcone.runs as
    select h.run_id,
      case
        when f.occurred_at is not null or s.kind = 12 then 'finished'
        when h.lease_until > clock_timestamp() then 'running'
        when h.request_open and h.head = 1 then 'requested'
        else 'interrupted'
      end as status,
      case when s.kind = 12 then 'imported' else c.settings ->> 'mode' end as mode,
      (c.settings ->> 'seed')::bigint as seed,
      (c.settings ->> 'machines')::integer as machines,
      h.head as events,
      ${time("coalesce(b.occurred_at, s.occurred_at)")} as started_at,
      ${time("f.occurred_at")} as finished_at,
      case when s.kind in (9, 14) then c.settings - 'origin' end as config,
      case when s.kind = 12 then s.payload else s.payload -> 'origin' end as origin
    from lightcone.run_heads h
    left join lightcone.log s on s.run_key = h.run_key and s.machine = 0 and s.version = 1
    left join lightcone.log b on b.run_key = h.run_key and b.machine = 0 and b.version = 2 and b.kind = 9
    left join lightcone.log f on f.run_key = h.run_key and f.machine = 0 and f.kind = 11
    cross join lateral (select case when s.kind = 14 then s.payload -> 'config' else s.payload end as settings) c`,
]
