/** A kind of event more: faults that were injected on demand. */
export const name = "0005_faults"

export const statements: ReadonlyArray<string> = [
  `create or replace function lightcone.kind_name(kind smallint) returns text
    language sql immutable parallel safe as
    $$ select (array['internal', 'sent', 'received', 'started', 'dropped', 'missed', 'stopped', 'resumed',
                     'run-started', 'run-resumed', 'run-finished', 'run-imported', 'fault-injected'])[kind] $$`,
]
