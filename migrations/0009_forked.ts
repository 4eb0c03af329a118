/** Runs that go on from another's log: a kind of event more, and which run is whose parent. */
const time = (us: string) => `timestamptz 'epoch' + ${us} * interval '1 microsecond'`

export const name = "0009_forked"

export const statements: ReadonlyArray<string> = [
  `create or replace function lightcone.kind_name(kind smallint) returns text
    language sql immutable parallel safe as
    $$ select (array['internal', 'sent', 'received', 'started', 'dropped', 'missed', 'stopped', 'resumed',
                     'run-started', 'run-resumed', 'run-finished', 'run-imported', 'fault-injected',
                     'run-requested', 'run-forked'])[kind] $$`,

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
      case when s.kind in (9, 14, 15) then c.settings - 'origin' end as config,
      case when s.kind = 12 then s.payload else s.payload -> 'origin' end as origin,
      case when f.occurred_at is null and s.kind is distinct from 12
          and (h.lease_until is null or h.lease_until <= clock_timestamp())
        then case when h.request_open then 'attempt ' else 'given up after attempt ' end
          || h.request_attempts || ': ' || h.request_failure
      end as failure,
      case when s.kind = 15 then s.payload -> 'parent' || jsonb_build_object('set', s.payload -> 'set') end as parent
    from lightcone.run_heads h
    left join lightcone.log s on s.run_key = h.run_key and s.machine = 0 and s.version = 1
    left join lightcone.log b on b.run_key = h.run_key and b.machine = 0 and b.version = 2 and b.kind = 9
    left join lightcone.log f on f.run_key = h.run_key and f.machine = 0 and f.kind = 11
    cross join lateral (
      select case when s.kind in (14, 15) then s.payload -> 'config' else s.payload end as settings) c`,
]
