/**
 * A provider that a test drives byte by byte: HTTP/1.1 over bare TCP, so that it can answer well, badly, too
 * slowly or not at all, and sees when the gateway closes.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a provider does with one request. Its connection is kept for the next one where it returns normally. */
export type UpstreamScript = (call: UpstreamCall) => Promise<void> | void;

/** One request that reached the provider. */
export class UpstreamCall {
  /** Resolves when the gateway closes the connection, with the time of `performance.now()`. */
  readonly closed: Promise<number>;

  constructor(
    private readonly connection: UpstreamConnection,
    readonly path: string,
    readonly headers: Headers,
    readonly text: string,
  ) {
    this.closed = connection.closed;
  }

  // deno-lint-ignore no-explicit-any -- a test knows what it sent
  get json(): any {
    return JSON.parse(this.text);
  }

  /** Bytes as they are, whatever HTTP says of them. */
  raw(bytes: string | Uint8Array): Promise<void> {
    return this.connection.write(typeof bytes === "string" ? encoder.encode(bytes) : bytes);
  }

  /** The status and headers of an answer in chunks. */
  head(status: number, headers: Readonly<Record<string, string>>): Promise<void> {
    const lines = Object.entries({ ...headers, "transfer-encoding": "chunked" });
    return this.raw(
      `HTTP/1.1 ${status} Status\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`,
    );
  }

  /** One chunk, in one write; nothing where it is empty, since that would be the body's end. */
  chunk(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string" ? encoder.encode(text) : text;
    if (bytes.length === 0) return Promise.resolve();
    const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
    const whole = new Uint8Array(size.length + bytes.length + 2);
    whole.set(size);
    whole.set(bytes, size.length);
    whole.set([13, 10], size.length + bytes.length);
    return this.raw(whole);
  }

  /** The end of an answer in chunks. */
  end(): Promise<void> {
    return this.raw("0\r\n\r\n");
  }

  /** The beginning of a stream of events. */
  stream(): Promise<void> {
    return this.head(200, { "content-type": "text/event-stream" });
  }

  /** A whole answer. */
  answer(
    status: number,
    body: string,
    headers: Readonly<Record<string, string>> = { "content-type": "application/json" },
  ): Promise<void> {
    const lines = Object.entries({ ...headers, "content-length": `${encoder.encode(body).length}` });
    return this.raw(
      `HTTP/1.1 ${status} Status\r\n${
        lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")
      }\r\n${body}`,
    );
  }

  /** Closes the connection in the middle of whatever there is. */
  cut(): void {
    this.connection.close();
  }
}

class UpstreamConnection {
  readonly closed: Promise<number>;
  #sawClose!: (at: number) => void;
  #buffer = new Uint8Array();
  #wake: (() => void) | null = null;
  #over = false;

  constructor(private readonly conn: Deno.TcpConn) {
    this.closed = new Promise((resolve) => this.#sawClose = resolve);
    this.#readAll();
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.conn.write(rest));
    } catch {
      // The gateway closed it, which `closed` tells.
      this.close();
    }
  }

  close(): void {
    if (!this.#over) {
      this.#over = true;
      this.#sawClose(performance.now());
      this.#wake?.();
    }
    try {
      this.conn.close();
    } catch { /* closed already */ }
  }

  /** The next request, or null at the connection's end. */
  async next(): Promise<UpstreamCall | null> {
    for (;;) {
      const call = this.#parse();
      if (call !== null) return call;
      if (this.#over) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  #parse(): UpstreamCall | null {
    const text = decoder.decode(this.#buffer);
    const headEnd = text.indexOf("\r\n\r\n");
    if (headEnd < 0) return null;
    const [first = "", ...lines] = text.slice(0, headEnd).split("\r\n");
    const headers = new Headers(lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }));
    // The head is ASCII, so characters are bytes up to here.
    const bodyEnd = headEnd + 4 + Number(headers.get("content-length") ?? 0);
    if (this.#buffer.length < bodyEnd) return null;
    const body = decoder.decode(this.#buffer.subarray(headEnd + 4, bodyEnd));
    this.#buffer = this.#buffer.slice(bodyEnd);
    return new UpstreamCall(this, first.split(" ")[1] ?? "", headers, body);
  }

  async #readAll(): Promise<void> {
    const chunk = new Uint8Array(65536);
    try {
      for (let read; (read = await this.conn.read(chunk)) !== null;) {
        const joined = new Uint8Array(this.#buffer.length + read);
        joined.set(this.#buffer);
        joined.set(chunk.subarray(0, read), this.#buffer.length);
        this.#buffer = joined;
        this.#wake?.();
      }
    } catch { /* reset */ }
    this.close();
  }
}

export class UpstreamServer implements AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<UpstreamConnection>();
  readonly #accepting: Promise<void>;
  /** What the script threw, which fails the test when it ends. */
  #failure: unknown = null;
  /** Connections that were made so far. */
  accepted = 0;

  /** @param script what is done with a request; a test may replace it. */
  constructor(public script: UpstreamScript) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.origin = `http://127.0.0.1:${this.port}`;
    this.#accepting = this.#accept();
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#connections.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await this.#accepting;
    if (this.#failure !== null) throw this.#failure;
  }

  async #accept(): Promise<void> {
    const served: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      this.accepted++;
      conn.setNoDelay(true);
      const connection = new UpstreamConnection(conn);
      this.#connections.add(connection);
      served.push(this.#serve(connection).finally(() => this.#connections.delete(connection)));
    }
    await Promise.all(served);
  }

  async #serve(connection: UpstreamConnection): Promise<void> {
    try {
      for (let call; (call = await connection.next()) !== null;) await this.script(call);
    } catch (error) {
      this.#failure ??= error;
    }
    connection.close();
  }
}
