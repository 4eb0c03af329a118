import { describe, expect, test } from "vitest"
import { refusal } from "../../../src/persistence/embedded/Statement.ts"

describe("what the gate refuses", () => {
  test.each([
    "copy t from stdin",
    "COPY  public.t ( a, b ) FROM STDIN WITH (FORMAT csv)",
    "select 1; /* so /* far */ */ copy t\nfrom -- here\n stdin",
    'copy "from" from stdin',
    "select $a$;$a$; copy t from stdin",
  ])("COPY from a client, by anyone: %s", (sql) => {
    expect(refusal(sql, false)?.code).toBe("0A000")
  })

  test.each([
    "copy t to stdout",
    "copy (select a from stdin) to stdout",
    "select 'copy t from stdin'",
    "select $$ ; copy t from stdin $$",
    "-- copy t from stdin\nselect 1",
    "select E'\\'; copy t from stdin'",
    'select * from "copy" where "a;copy t from stdin" = 1',
  ])("nothing that only looks like it: %s", (sql) => {
    expect(refusal(sql, true)).toBeUndefined()
  })

  test.each([
    "set role postgres",
    "SET LOCAL ROLE x",
    "reset role",
    "set session authorization default",
    "select 1; set session role x",
  ])("a reader that changes its role: %s", (sql) => {
    expect(refusal(sql, true)?.code).toBe("42501")
    expect(refusal(sql, false)).toBeUndefined()
  })

  test.each([
    "set search_path = role",
    "select role from session",
    "set session characteristics as transaction read only",
  ])("no other setting: %s", (sql) => {
    expect(refusal(sql, true)).toBeUndefined()
  })
})
