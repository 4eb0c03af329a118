/** Runs that came from elsewhere: their first event is a kind of its own, or says where the copy is from. */
const time = (us: string) => `timestamptz 'epoch' + ${us} * interval '1 microsecond'`

export const name = "0004_imported"

export const statements: ReadonlyArray<string> = [
  `create or replace function lightcone.kind_name(kind smallint) returns text
    language sql immutable parallel safe as
    $$ select (array['internal', 'sent', 'received', 'started', 'dropped', 'missed', 'stopped', 'resumed',
                     'run-started', 'run-resumed', 'run-finished', 'run-imported'])[kind] $$`,

  // A log from elsewhere is there as a whole or not at all, so its run is finished as soon as it is there.
  `create or replace view lightcone.runs as
    select h.run_id,
      case
        when f.occurred_at is not null or s.kind = 12 then 'finished'
        when h.lease_until > clock_timestamp() then 'running'
        else 'interrupted'
      end as status,
      case when s.kind = 12 then 'imported' else s.payload ->> 'mode' end as mode,
      (s.payload ->> 'seed')::bigint as seed,
      (s.payload ->> 'machines')::integer as machines,
      h.head as events,
      ${time("s.occurred_at")} as started_at,
      ${time("f.occurred_at")} as finished_at,
      case when s.kind = 9 then s.payload - 'origin' end as config,
      case when s.kind = 12 then s.payload else s.payload -> 'origin' end as origin
    from lightcone.run_heads h
    left join lightcone.log s on s.run_key = h.run_key and s.machine = 0 and s.version = 1
    left join lightcone.log f on f.run_key = h.run_key and f.machine = 0 and f.kind = 11`,
]
