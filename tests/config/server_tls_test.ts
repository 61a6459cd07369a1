import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { type Certificate, Certificates, openssl } from "../server/certificates.ts";
import { loadText, problemsOf } from "./load_text.ts";

/** Files by the names that configurations give them. */
async function files(): Promise<Record<string, string>> {
  await using certificates = await Certificates.create();
  const authority = await certificates.authority("authority");
  const server = await certificates.certificate("server", "authority");
  const other: Certificate = await certificates.certificate("other", "authority");
  await openssl(certificates.directory, "ec -in server.key -aes128 -passout pass:secret -out encrypted.key");
  return {
    "server.crt": server.cert,
    "chain.crt": server.cert + authority.cert,
    "server.key": server.key,
    "other.key": other.key,
    "ca.crt": authority.cert,
    "encrypted.key": await Deno.readTextFile(`${certificates.directory}/encrypted.key`),
    "broken.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    "broken.key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    "text.crt": "Certificate: to come\n",
  };
}

const CASES: readonly [string, readonly string[]][] = [
  ["{ cert_file: server.crt, key_file: server.key }", []],
  ["{ cert_file: chain.crt, key_file: server.key, client_ca_file: ca.crt, min_version: TLSv1.3 }", []],
  ["{ cert_file: server.crt }", ["key_file: is missing; the certificate needs its key"]],
  ["{ key_file: server.key }", ["cert_file: is missing; TLS needs a certificate"]],
  ["{ client_ca_file: ca.crt }", [
    "cert_file: is missing; TLS needs a certificate",
    "key_file: is missing; the certificate needs its key",
  ]],
  ["{ cert_file: server.crt, key_file: other.key }", [
    "key_file: other.key is not the key of the certificate in server.crt",
  ]],
  ["{ cert_file: ca.crt, key_file: server.key }", [
    "key_file: server.key is not the key of the certificate in ca.crt",
  ]],
  ["{ cert_file: absent.crt, key_file: server.key }", [
    "cert_file: cannot read absent.crt (NotFound)",
  ]],
  ["{ cert_file: text.crt, key_file: server.key }", [
    "cert_file: text.crt is not a PEM file: there is no -----BEGIN in it",
  ]],
  ["{ cert_file: server.key, key_file: server.key }", ["cert_file: server.key holds no certificate"]],
  ["{ cert_file: broken.crt, key_file: server.key }", [
    "cert_file: certificate 1 in broken.crt cannot be read",
  ]],
  ["{ cert_file: server.crt, key_file: broken.key }", [
    "key_file: broken.key holds no private key that can be read",
  ]],
  ["{ cert_file: server.crt, key_file: encrypted.key }", [
    "key_file: encrypted.key is encrypted; give the key without a passphrase",
  ]],
  ["{ cert_file: server.crt, key_file: server.key, client_ca_file: server.key }", [
    "client_ca_file: server.key holds no certificate",
  ]],
  ["{ cert_file: server.crt, key_file: server.key, min_version: TLSv1.1 }", [
    'min_version: expected one of TLSv1.2 or TLSv1.3, got "TLSv1.1"; did you mean "TLSv1.2"?',
  ]],
];

Deno.test({
  name: "server.tls says what is wrong with its files",
  ...requires("openssl"),
  async fn(t) {
    const given = await files();
    for (const [tls, expected] of CASES) {
      await t.step(tls, () => {
        const problems = problemsOf(`server: { tls: ${tls} }`, { files: given });
        assertEquals(problems.map((line) => line.replace(/^config\.yaml:1: server\.tls\./, "")), expected);
      });
    }
  },
});

Deno.test({
  name: "the server's key is not printed with the configuration",
  ...requires("openssl"),
  async fn() {
    const given = await files();
    const loaded = loadText("server: { tls: { cert_file: server.crt, key_file: server.key } }", {
      files: given,
    });
    const printed = JSON.stringify(loaded.config) + Deno.inspect(loaded.config, { depth: 20 }) +
      JSON.stringify(loaded.effective());
    assertEquals(printed.includes(given["server.key"]?.split("\n")[1] ?? ""), false);
  },
});
