import type { Report } from "./check.ts";
import type { Path } from "./path.ts";
import type { PemFiles } from "./pem_files.ts";
import type { FileConfig } from "./schema.ts";
import { Secret } from "./secret.ts";

/** How a server is spoken to over TLS; PEM texts. */
export interface StoreTls {
  /** Null: the system's authorities. */
  readonly ca: string | null;
  readonly certificate: string | null;
  readonly key: Secret | null;
  /** Null: the host that is connected to. */
  readonly serverName: string | null;
  readonly insecure: boolean;
}

type FileTls = NonNullable<NonNullable<FileConfig["redis"]>["tls"]>;

/** What holds where TLS is spoken and nothing is said of how. */
const NOTHING_SAID: FileTls = {
  ca_file: null,
  cert_file: null,
  key_file: null,
  server_name: null,
  insecure: false,
};

/** @param path of the section. @param given null: nothing is said. */
export function tlsOf(path: Path, given: FileTls | null, report: Report, pem: PemFiles): StoreTls {
  const { ca_file, cert_file, key_file, server_name: serverName, insecure } = given ?? NOTHING_SAID;
  if (cert_file !== null && key_file === null) {
    report.add([...path, "key_file"], "is missing; cert_file needs it");
  }
  if (key_file !== null && cert_file === null) {
    report.add([...path, "cert_file"], "is missing; key_file needs it");
  }
  const key = pem.read([...path, "key_file"], key_file);
  return {
    ca: pem.read([...path, "ca_file"], ca_file) ?? pem.authorities,
    certificate: pem.read([...path, "cert_file"], cert_file),
    key: key === null ? null : new Secret(key),
    serverName,
    insecure,
  };
}

/** Whether a server's URL is one, and of its kind; it is not shown. */
export function checkUrl(path: Path, url: Secret, schemes: readonly string[], report: Report): void {
  const text = url.reveal();
  if (schemes.some((scheme) => text.startsWith(`${scheme}://`)) && URL.canParse(text)) return;
  report.add(path, `expected a URL that starts with ${schemes.map((scheme) => `${scheme}://`).join(" or ")}`);
}
