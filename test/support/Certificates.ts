/**
 * A private certificate authority, made anew by each test that needs one: no private key in the repository,
 * nothing that expires, and no `openssl` to install. Just enough DER (X.690) for X.509 version 3.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { isIP } from "node:net"

export interface Certificate {
  readonly certificate: string
  readonly key: string
}

export interface Authority {
  readonly certificate: string
  /** A certificate for host names and IPv4 addresses. */
  readonly issue: (names: ReadonlyArray<string>) => Certificate
}

const lengthOf = (bytes: number): Buffer =>
  bytes < 128
    ? Buffer.of(bytes)
    : bytes < 256
      ? Buffer.of(0x81, bytes)
      : Buffer.of(0x82, bytes >> 8, bytes & 255)

const element = (tag: number, ...contents: ReadonlyArray<Buffer>): Buffer => {
  const body = Buffer.concat(contents)
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body])
}

const sequence = (...contents: ReadonlyArray<Buffer>) => element(0x30, ...contents)
const object = (hex: string) => element(0x06, Buffer.from(hex, "hex"))
const bits = (content: Buffer) => element(0x03, Buffer.of(0), content)
const octets = (content: Buffer) => element(0x04, content)
const time = (text: string) => element(0x18, Buffer.from(text))

const ecdsaWithSha256 = sequence(object("2a8648ce3d040302"))
const named = (name: string) =>
  sequence(element(0x31, sequence(object("550403"), element(0x0c, Buffer.from(name)))))
const extension = (oid: string, critical: boolean, value: Buffer) =>
  sequence(object(oid), ...(critical ? [element(0x01, Buffer.of(255))] : []), octets(value))

const basicConstraints = (authority: boolean) =>
  extension("551d13", true, sequence(...(authority ? [element(0x01, Buffer.of(255))] : [])))

const alternativeNames = (names: ReadonlyArray<string>) => {
  const one = (name: string) =>
    isIP(name) === 4
      ? element(0x87, Buffer.from(name.split(".").map(Number)))
      : element(0x82, Buffer.from(name))
  return extension("551d11", false, sequence(...names.map(one)))
}

interface Subject {
  readonly name: string
  readonly publicKey: KeyObject
  readonly extensions: ReadonlyArray<Buffer>
}

const certify = (subject: Subject, issuer: string, issuerKey: KeyObject): string => {
  const body = sequence(
    element(0xa0, element(0x02, Buffer.of(2))),
    element(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    named(issuer),
    sequence(time("20200101000000Z"), time("21200101000000Z")),
    named(subject.name),
    subject.publicKey.export({ type: "spki", format: "der" }),
    element(0xa3, sequence(...subject.extensions)),
  )
  const whole = sequence(body, ecdsaWithSha256, bits(sign("sha256", body, issuerKey)))
  const lines = whole.toString("base64").replace(/.{64}(?=.)/g, "$&\n")
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

const keyPair = () => generateKeyPairSync("ec", { namedCurve: "prime256v1" })

export const makeAuthority = (name = "Lightcone test authority"): Authority => {
  const own = keyPair()
  const self = { name, publicKey: own.publicKey, extensions: [basicConstraints(true)] }
  return {
    certificate: certify(self, name, own.privateKey),
    issue: (names) => {
      const { publicKey, privateKey } = keyPair()
      const extensions = [basicConstraints(false), alternativeNames(names)]
      const subject = { name: names[0] ?? "nobody", publicKey, extensions }
      return {
        certificate: certify(subject, name, own.privateKey),
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      }
    },
  }
}
