/** What a server speaks TLS with. */
export interface ServerTls {
  /** PEM: its certificate and those between it and the authority. */
  readonly certificate: string;
  /** PEM of the certificate's private key. */
  readonly key: string;
  /** PEM of the authorities of clients, without a certificate of whose nobody is served; null: anybody is. */
  readonly clientCa: string | null;
  /** The oldest version that is spoken. */
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
}

/** Protocols that are offered by ALPN, the preferred one first. */
export const SERVED_PROTOCOLS = ["h2", "http/1.1"];

/** Whether the runtime's own listener can do what is asked for: it knows no clients' certificates and no versions. */
export function isPlainTls({ clientCa, minVersion }: ServerTls): boolean {
  return clientCa === null && minVersion === "TLSv1.2";
}
