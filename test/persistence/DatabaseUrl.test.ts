import { userInfo } from "node:os"
import { inspect } from "node:util"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type DatabaseEnvironment, decodeDatabaseUrl } from "../../src/persistence/DatabaseUrl.ts"

const accepted = (text: string, environment?: DatabaseEnvironment) =>
  Either.getOrThrowWith(decodeDatabaseUrl(text, environment), (error) => error)

const refusal = (text: string): string =>
  Either.match(decodeDatabaseUrl(text), {
    onLeft: ({ message }) => message,
    onRight: ({ display }) => `accepted as ${display}`,
  })

const passwordOf = (text: string, environment?: DatabaseEnvironment) => {
  const { password } = accepted(text, environment)
  return password === undefined ? undefined : Redacted.value(password)
}

describe("what a URL leaves out", () => {
  test("a bare URL is the operating system's user on localhost, with TLS preferred", () => {
    const user = userInfo().username
    expect(accepted("postgresql://")).toMatchObject({
      ...{ host: "localhost", port: 5432, user, database: user, sslmode: "prefer", password: undefined },
      ...{ sslrootcert: undefined, display: `localhost:5432/${user}` },
    })
  })

  test("the database defaults to the user's name", () => {
    expect(accepted("postgres://ada@db.example:6000")).toMatchObject({ port: 6000, database: "ada" })
    expect(accepted("postgres://db.example/", { PGUSER: "grace" }).database).toBe("grace")
  })

  test("the environment fills gaps and overrules nothing", () => {
    const environment = {
      PGPASSWORD: "theirs",
      PGSSLROOTCERT: "/ca.pem",
      PGSSLMODE: "verify-ca",
      PGUSER: "theirs",
    }
    expect(passwordOf("postgresql://ada@h/d", environment)).toBe("theirs")
    expect(accepted("postgresql://ada@h/d", environment)).toMatchObject({
      ...{ user: "ada", sslrootcert: "/ca.pem", sslmode: "verify-ca" },
    })
    expect(passwordOf("postgresql://ada:own@h/d?sslrootcert=/own.pem", environment)).toBe("own")
    expect(accepted("postgresql://ada@h/d?sslmode=require", environment).sslmode).toBe("require")
  })
})

describe("what a URL says", () => {
  test("percent-encoded parts are decoded", () => {
    const url = accepted("postgresql://a%40b:p%40ss%23w%2F%3F%25@h:1/d%2Fe?application_name=a%20b")
    expect(url).toMatchObject({ user: "a@b", host: "h", database: "d/e", applicationName: "a b" })
    expect(Redacted.value(url.password!)).toBe("p@ss#w/?%")
  })

  test("a Unix socket is named by its directory, as a parameter or as the host", () => {
    const display = "/var/run/postgresql:5432/db"
    expect(accepted("postgresql:///db?host=/var/run/postgresql").display).toBe(display)
    expect(accepted("postgresql://%2Fvar%2Frun%2Fpostgresql/db").display).toBe(display)
    expect(accepted("postgresql:///db?host=/tmp&port=7000")).toMatchObject({ host: "/tmp", port: 7000 })
  })

  test("an IPv6 address is given in brackets and shown in brackets", () => {
    expect(accepted("postgresql://u@[::1]:5433/d")).toMatchObject({ host: "::1", display: "[::1]:5433/d" })
  })

  test.each(["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])(
    "sslmode %s is known",
    (mode) => {
      expect(accepted(`postgresql://u@h/d?sslmode=${mode}`).sslmode).toBe(mode)
    },
  )

  test("ssl=true means require, and sslrootcert=system means verify-full", () => {
    expect(accepted("postgresql://u@h/d?ssl=true").sslmode).toBe("require")
    expect(accepted("postgresql://u@h/d?sslrootcert=system").sslmode).toBe("verify-full")
    expect(refusal("postgresql://u@h/d?sslrootcert=system&sslmode=require")).toContain("sslmode=verify-full")
  })

  test("a connect_timeout is whole seconds, of which 0 is none", () => {
    expect(accepted("postgresql://h/d?connect_timeout=3").connectTimeoutMs).toBe(3_000)
    expect(accepted("postgresql://h/d?connect_timeout=0").connectTimeoutMs).toBeUndefined()
  })

  test("the password is not shown by printing the record", () => {
    const url = accepted("postgresql://u:Zq7Xk@h/d")
    expect(inspect(url, { depth: 9 }) + JSON.stringify(url) + url.display).not.toContain("Zq7")
  })
})

describe("what is refused, and how", () => {
  test.each([
    ["", "it must be a URL such as postgresql://user:password@host:5432/database, found no text"],
    ["host=localhost dbname=d", "it must be a URL such as"],
    ["mysql://u:p@h/d", "its scheme must be postgresql or postgres, found mysql://"],
    ["postgresql://h:0/d", "its port must be a whole number from 1 to 65535"],
    ["postgresql://u@h:65536/d", "its port must be a whole number from 1 to 65535, found 65536"],
    ["postgresql://u@h:54x/d", "found 54x"],
    ["postgresql://a,b/d", "it must name one host, found several"],
    ["postgresql:///d?host=a,b", "it must name one host, found several"],
    [
      "postgresql://u@a b/d",
      "its host must be a name, an address or the directory of a Unix socket, found a b",
    ],
    ["postgresql://[::zz]/d", "must be an IPv6 address"],
    ["postgresql://u@h/d%zz", "every % in the database's name must begin two hexadecimal digits"],
    ["postgresql://u@h/d%00", "the database's name must not hold the character zero"],
    ["postgresql://u@h/d/e", "the database's name must hold no /"],
    [
      "postgresql://h/d?sslmode=no-verify",
      "sslmode must be disable, allow, prefer, require, verify-ca, verify-full, found no-verify",
    ],
    [
      "postgresql://h/d?options=-csearch_path",
      "the parameter options must be left out, as start-up options do not pass a transaction-mode pooler",
    ],
    ["postgresql://h/d?schema=public", "its parameters must be among host, port"],
    ["postgresql://h/d?constructor=1", "found constructor"],
    ["postgresql://h/d?sslmode", "the parameter sslmode must have a value, found none"],
    [
      "postgresql://h/d?sslmode=require&sslmode=disable",
      "every parameter must be given once, found sslmode twice",
    ],
    [
      "postgresql://h/d?connect_timeout=soon",
      "connect_timeout must be whole seconds, at most 600, found soon",
    ],
    [
      "postgresql://h/d?channel_binding=always",
      "channel_binding must be disable, prefer, require, found always",
    ],
  ])("%s", (text, expected) => {
    expect(refusal(text)).toContain("Cannot use the database URL: ")
    expect(refusal(text)).toContain(expected)
  })

  test.each(["p@ss", "p#ss", "p/ss", "p?ss", "p@ss#w", "@", "#", "/", "?"])(
    "a raw %s in the password",
    (password) => {
      expect(refusal(`postgresql://u:${password}@host/db`)).toContain("percent-encode it (@ as %40, / as %2F")
    },
  )
})

/** Every three characters of `secret` that a message holds. */
const leaks = (message: string, secret: string): ReadonlyArray<string> =>
  Array.from({ length: Math.max(0, secret.length - 2) }, (_, at) => secret.slice(at, at + 3)).filter((part) =>
    message.includes(part),
  )

/** Special characters between capitals that no message of ours uses, so that no finding is chance. */
const secrets = fc
  .array(fc.tuple(fc.constantFrom(..."@#/?%:&=[]\\ +,;07"), fc.constantFrom(..."QXZVJ")), {
    minLength: 2,
    maxLength: 12,
  })
  .map((pairs) => pairs.flat().join(""))

describe("whatever is wrong with a URL", () => {
  test.each([
    ["between user and host", (secret: string) => `postgresql://u:${secret}@host/db`],
    ["before a wrong port", (secret: string) => `postgresql://u:${secret}@host:x/db`],
    [
      "encoded, before an unknown parameter",
      (secret: string) => `postgresql://u:${encodeURIComponent(secret)}@h/d?x=1`,
    ],
    ["under another scheme", (secret: string) => `mysql://u:${secret}@host/db`],
    ["without a scheme", (secret: string) => `u:${secret}@host/db`],
    ["without a host", (secret: string) => `postgresql://u:${secret.replaceAll("@", "")}`],
    ["as a parameter", (secret: string) => `postgresql://u@h/d?password=${secret}&sslmode=x`],
    [
      "as a parameter, encoded, before a bad port",
      (secret: string) => `postgresql://u@h/d?password=${encodeURIComponent(secret)}&port=x`,
    ],
  ])("no three characters of a password %s are in the message", (_, urlOf) => {
    fc.assert(
      fc.property(secrets, (secret) => {
        const outcome = decodeDatabaseUrl(urlOf(secret))
        if (Either.isRight(outcome)) return
        const { left } = outcome
        const said = left.message + JSON.stringify(left) + inspect({ ...left }, { depth: 9 })
        expect(leaks(said, secret)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  test("any encoded password comes back as it was", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."@#/?%:&=[] +ab0\n\u00e9\u{1f512}"), minLength: 1 }),
        (secret) => {
          expect(passwordOf(`postgresql://u:${encodeURIComponent(secret)}@h/d`)).toBe(secret)
        },
      ),
    )
  })
})
