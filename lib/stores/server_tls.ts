/** How a store's server is spoken to over TLS; PEM texts. */
export interface ServerTls {
  /** Null: the system's authorities. */
  readonly ca: string | null;
  /** The gateway's own, where the server asks for one. */
  readonly certificate: string | null;
  readonly key: string | null;
  /** Null: the host that is connected to. */
  readonly serverName: string | null;
  /** Any certificate will do. */
  readonly insecure: boolean;
}

/** As `node:tls` has them. */
interface NodeTlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

export function tlsOptions({ ca, certificate, key, serverName, insecure }: ServerTls): NodeTlsOptions {
  return {
    ...(ca === null ? {} : { ca }),
    ...(certificate === null ? {} : { cert: certificate }),
    ...(key === null ? {} : { key }),
    ...(serverName === null ? {} : { servername: serverName }),
    rejectUnauthorized: !insecure,
  };
}
