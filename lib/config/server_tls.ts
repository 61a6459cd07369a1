import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { Report } from "./check.ts";
import type { ServerTlsConfig } from "./config.ts";
import type { PemFiles } from "./pem_files.ts";
import type { FileConfig } from "./schema.ts";
import { Secret } from "./secret.ts";

const SECTION = ["server", "tls"];
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What the server speaks TLS with: the files, read, and found to fit each other.
 * @param beside the path of a file that the configuration names.
 * @returns null where it speaks plain text, or where what is wrong is reported.
 */
export function resolveServerTls(
  { tls: { cert_file, key_file, client_ca_file, min_version } }: FileConfig["server"],
  pem: PemFiles,
  beside: (path: string) => string,
  report: Report,
): ServerTlsConfig | null {
  if (cert_file === null && key_file === null && client_ca_file === null) return null;
  if (cert_file === null) report.add([...SECTION, "cert_file"], "is missing; TLS needs a certificate");
  if (key_file === null) report.add([...SECTION, "key_file"], "is missing; the certificate needs its key");
  const certificate = pem.read([...SECTION, "cert_file"], cert_file);
  const key = pem.read([...SECTION, "key_file"], key_file);
  const clientCa = pem.read([...SECTION, "client_ca_file"], client_ca_file);
  if (clientCa !== null) checkCertificates("client_ca_file", client_ca_file, clientCa, report);
  if (certificate === null || key === null) return null;
  const [first] = checkCertificates("cert_file", cert_file, certificate, report);
  const secret = checkKey(key_file, key, report);
  if (
    first !== undefined && secret !== null && publicKey(first.publicKey) !== publicKey(createPublicKey(key))
  ) {
    report.add([...SECTION, "key_file"], `${key_file} is not the key of the certificate in ${cert_file}`);
  }
  const files = [cert_file, key_file, client_ca_file].filter((file) => file !== null).map(beside);
  return { certificate, key: new Secret(key), clientCa, minVersion: min_version, files };
}

function checkCertificates(
  name: string,
  file: string | null,
  pem: string,
  report: Report,
): X509Certificate[] {
  const texts = pem.match(CERTIFICATE) ?? [];
  if (texts.length === 0) report.add([...SECTION, name], `${file} holds no certificate`);
  return texts.flatMap((text, index) => {
    try {
      return [new X509Certificate(text)];
    } catch {
      report.add([...SECTION, name], `certificate ${index + 1} in ${file} cannot be read`);
      return [];
    }
  });
}

function checkKey(file: string | null, pem: string, report: Report): KeyObject | null {
  try {
    return createPrivateKey(pem);
  } catch {
    const encrypted = /ENCRYPTED/.test(pem);
    const why = encrypted
      ? "is encrypted; give the key without a passphrase"
      : "holds no private key that can be read";
    report.add([...SECTION, "key_file"], `${file} ${why}`);
    return null;
  }
}

function publicKey(key: KeyObject): string {
  return String(key.export({ type: "spki", format: "pem" }));
}
