/** Happened-before, for those who ask with SQL. */

export const name = "0003_happened_before"

export const statements: ReadonlyArray<string> = [
  // One pass over the receipts between the two events, in the order of the log: of each machine the first version
  // in the future of the earlier event is kept, and a receipt whose send lies in that future brings its own in.
  // Positions are read a stretch at a time, short ones first, for most answers are near, and none so long that its
  // sort grows with the run. The names of schemas are said, and
  // the search path is fixed, so that no object of a caller's can take the place of ours.
  `create function lightcone.happened_before(
    run_id text, machine_a integer, version_a integer, machine_b integer, version_b integer
  ) returns boolean language plpgsql stable strict parallel safe cost 10000
  set search_path = pg_catalog, pg_temp as $$
  declare
    run constant integer := (select h.run_key from lightcone.run_heads h where h.run_id = happened_before.run_id);
    a constant integer := (
      select l.position from lightcone.log l
      where l.run_key = run and l.machine = machine_a and l.version = version_a and l.kind in (1, 2, 3));
    b constant integer := (
      select l.position from lightcone.log l
      where l.run_key = run and l.machine = machine_b and l.version = version_b and l.kind in (1, 2, 3));
    page integer := a / 64;
    stretch integer := 2;
    firsts integer[];
    receipt record;
  begin
    if a is null or b is null then return null; end if;
    if machine_a = machine_b then return version_a < version_b; end if;
    firsts[machine_a] := version_a;
    while page <= b / 64 loop
      for receipt in
        select l.machine, l.version, l.sender, l.send_version from lightcone.log l
        where l.run_key = run and l.position / 64 between page and page + stretch - 1 and l.kind = 3
          and l.position > a and l.position <= b
        order by l.position
      loop
        continue when firsts[receipt.machine] is not null or firsts[receipt.sender] is null
          or receipt.send_version < firsts[receipt.sender];
        if receipt.machine = machine_b then return true; end if;
        firsts[receipt.machine] := receipt.version;
      end loop;
      page := page + stretch;
      stretch := least(64, 2 * stretch);
    end loop;
    return false;
  end
  $$`,

  `comment on function lightcone.happened_before(text, integer, integer, integer, integer) is
    'Whether event machine_a/version_a of a run happened before machine_b/version_b (Lamport 1978); null where either is no clock event of it'`,
]
