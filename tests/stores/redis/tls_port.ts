import type { ServerTls } from "../../../lib/stores/server_tls.ts";
import { freePort } from "../../free_port.ts";
import { testCertificates } from "../../providers/test_certificates.ts";

/** A certificate that servers and clients have alike, as files, which go with it. */
export interface TlsFiles extends AsyncDisposable {
  readonly folder: string;
  /** What a client is opened with. */
  readonly client: ServerTls;
}

/** Null: there is no `openssl` to make them. */
export async function tlsFiles(): Promise<TlsFiles | null> {
  const all = await testCertificates();
  if (all === null) return null;
  const { ca, cert, key } = all;
  const folder = await Deno.makeTempDir({ prefix: "redis-tls-" });
  for (const [name, text] of Object.entries({ ca, cert, key })) {
    await Deno.writeTextFile(`${folder}/${name}.pem`, text);
  }
  return {
    folder,
    client: { ca, certificate: cert, key, serverName: null, insecure: false },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** The arguments of a server that speaks TLS on a port of its own, and asks everybody for a certificate. */
export function tlsPort({ folder }: TlsFiles, ...more: readonly string[]): { port: number; args: string[] } {
  const port = freePort();
  const files = ["cert", "key", "ca"].flatMap((name) => [
    `--tls-${name === "ca" ? "ca-cert" : name}-file`,
    `${folder}/${name}.pem`,
  ]);
  return { port, args: ["--tls-port", `${port}`, "--tls-replication", "yes", ...files, ...more] };
}
