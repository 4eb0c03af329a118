/** What `lightcone clocks` found of a run: each clock's measures, and the stamps of its events. Filled by the command alone. */

export const name = "0008_clocks"

export const statements: ReadonlyArray<string> = [
  `create table lightcone.clock_comparison_rows (
    run_key integer not null references lightcone.run_heads on delete cascade,
    clock text not null,
    source text not null,
    up_to_position integer not null,
    clock_events integer not null,
    machines integer not null,
    mean_bytes double precision not null,
    largest_bytes integer not null,
    false_order double precision,
    false_order_error double precision,
    inverted double precision,
    inverted_error double precision,
    unordered double precision,
    unordered_error double precision,
    reversed double precision,
    ns_per_stamp double precision,
    concurrent_pairs bigint not null,
    causal_pairs bigint not null,
    sampled boolean not null,
    seed bigint not null,
    skew_us bigint not null,
    compared_at timestamptz not null default clock_timestamp(),
    primary key (run_key, clock)
  )`,
  `create view lightcone.clock_comparison as
    select h.run_id, c.clock, c.source, c.up_to_position, c.clock_events, c.machines, c.mean_bytes, c.largest_bytes,
      c.false_order, c.false_order_error, c.inverted, c.inverted_error, c.unordered, c.unordered_error, c.reversed,
      c.ns_per_stamp, c.concurrent_pairs, c.causal_pairs, c.sampled, c.seed, c.skew_us, c.compared_at
    from lightcone.clock_comparison_rows c join lightcone.run_heads h using (run_key)`,

  `create table lightcone.clock_stamp_rows (
    run_key integer not null references lightcone.run_heads on delete cascade,
    machine integer not null,
    version integer not null,
    bytes integer not null,
    clock text not null,
    stamp text not null,
    primary key (run_key, machine, version, clock)
  )`,
  `create view lightcone.clock_stamps as
    select h.run_id, s.clock, s.machine, s.version, s.stamp, s.bytes
    from lightcone.clock_stamp_rows s join lightcone.run_heads h using (run_key)`,

  `comment on view lightcone.clock_comparison is
    'Clocks compared over a run by lightcone clocks; false_order, inverted: parts of the concurrent pairs; unordered, reversed: of the causal ones'`,
  `comment on view lightcone.clock_stamps is
    'What each clock stamped each clock event with; of a long run the first events only'`,
]
