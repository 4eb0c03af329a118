/**
 * Projections: which generation of each table is shown, and how far each has come in each run. Their tables are
 * made by the projector, from what each projection declares; three views give way to them.
 */
const time = (us: string) => `timestamptz 'epoch' + ${us} * interval '1 microsecond'`

export const name = "0002_projections"

export const statements: ReadonlyArray<string> = [
  "drop view lightcone.machines, lightcone.messages, lightcone.queue_lengths",

  // A generation is one building of a projection's table; the view of its name shows the current one.
  `create table lightcone.projections (
    projection text not null,
    generation integer not null,
    version integer not null,
    declaration text not null,
    current boolean not null default false,
    made_at timestamptz not null default clock_timestamp(),
    primary key (projection, generation)
  )`,
  `create unique index projections_current on lightcone.projections (projection) where current`,
  `create unique index projections_building on lightcone.projections (projection) where not current`,

  // Advanced by compare-and-set in the transaction that writes the rows; often, so rows stay HOT.
  `create table lightcone.checkpoints (
    projection text not null,
    generation integer not null,
    run_key integer not null references lightcone.run_heads on delete cascade,
    position integer not null,
    state jsonb not null,
    primary key (projection, generation, run_key),
    foreign key (projection, generation) references lightcone.projections on delete cascade
  ) with (fillfactor = 50)`,

  `create view lightcone.clock_drift as
    select h.run_id, d.*
    from lightcone.run_heads h cross join lateral (
      select machine, ${time("occurred_at")} as at, lamport,
        max(lamport) over (order by position rows unbounded preceding) - lamport as behind
      from lightcone.log where run_key = h.run_key and kind in (1, 2, 3)) d`,
]
