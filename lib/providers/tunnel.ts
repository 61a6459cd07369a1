import type { Socket } from "node:net";
import type { buildConnector } from "undici";
import { ConnStream } from "./conn_stream.ts";
import type { Dialling } from "./route.ts";

/** The most that a proxy may say before the tunnel stands, bytes. */
const MAX_HEAD = 16 * 1024;

export interface TunnelOptions {
  /** An `http:` URL. */
  readonly proxy: URL;
  /** For the proxy alone: `[name, value, …]`. */
  readonly headers: readonly string[];
  /** PEM of certificate authorities that are trusted besides the system's; null: none. */
  readonly ca: string | null;
}

/**
 * A TLS connection inside a proxy's `CONNECT` tunnel.
 *
 * It is made with Deno's own API: Node's TLS over a socket that was read from before hangs up to Deno 2.6, and
 * undici's proxy agent, which does that, turns the headers of each request into an object besides.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 */
export class Tunnel implements Dialling {
  readonly #options: TunnelOptions;
  #conn: Deno.Conn | null = null;
  #stream: ConnStream | null = null;
  #destroyed = false;

  constructor(options: TunnelOptions, target: buildConnector.Options, done: buildConnector.Callback) {
    this.#options = options;
    this.#open(target).then(
      (stream) => {
        if (!this.#destroyed) done(null, stream as unknown as Socket);
      },
      (error: Error) => {
        this.#close();
        if (!this.#destroyed) done(error, null);
      },
    );
  }

  destroy(): void {
    this.#destroyed = true;
    this.#stream?.destroy();
    this.#close();
  }

  async #open(target: buildConnector.Options): Promise<ConnStream> {
    const { hostname } = target;
    const tcp = await this.#connect(hostname, target.port || "443").catch((cause) => {
      // undici dials again, without end, after what it takes for a lost connection: this has a code of its own.
      throw Object.assign(new Error("Cannot connect through the proxy", { cause }), {
        code: "PROXY_REFUSED",
      });
    });
    const { ca } = this.#options;
    // The TLS connection takes the other one's place, which cannot be closed any more then.
    this.#conn = null;
    const tls = await Deno.startTls(tcp, {
      hostname,
      alpnProtocols: ["http/1.1"],
      ...(ca === null ? {} : { caCerts: [ca] }),
    });
    this.#keep(tls);
    await tls.handshake().catch((cause) => {
      throw Object.assign(new Error("Cannot speak TLS through the proxy", { cause }), {
        code: "ERR_TLS_HANDSHAKE",
      });
    });
    this.#conn = null;
    return this.#stream = new ConnStream(tls);
  }

  async #connect(hostname: string, port: string): Promise<Deno.TcpConn> {
    const { proxy, headers } = this.#options;
    const tcp = await Deno.connect({
      hostname: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: Number(proxy.port || 80),
    });
    this.#keep(tcp);
    tcp.setNoDelay(true);
    const authority = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
    let head = `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n`;
    for (let i = 0; i + 1 < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
    const bytes = new TextEncoder().encode(`${head}\r\n`);
    for (let at = 0; at < bytes.length;) at += await tcp.write(bytes.subarray(at));
    const answer = await readHead(tcp);
    if (!/^HTTP\/1\.[01] 200 /.test(answer)) {
      throw new Error(`The proxy answered ${JSON.stringify(answer.slice(0, 40))}`);
    }
    return tcp;
  }

  #close(): void {
    this.#conn?.close();
    this.#conn = null;
  }

  /** Remembers what `destroy()` has to close, which may have been called meanwhile. */
  #keep(conn: Deno.Conn): void {
    if (!this.#destroyed) {
      this.#conn = conn;
      return;
    }
    conn.close();
    throw new Error("Cannot go on: the tunnel was destroyed");
  }
}

/** Reads to the blank line; behind it the proxy says nothing before the client does. */
async function readHead(conn: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder("latin1");
  const chunk = new Uint8Array(1024);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const length = await conn.read(chunk);
    if (length === null) throw new Error("The proxy hung up");
    head += decoder.decode(chunk.subarray(0, length));
    if (head.length > MAX_HEAD) throw new Error("The proxy's answer is too long");
  }
  return head;
}
