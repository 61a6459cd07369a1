/** One accepted connection of a {@linkcode RawServer}. */
export class RawConnection {
  /** Resolves when the client has closed or reset it. */
  readonly closed: Promise<void>;
  readonly #conn: Deno.TcpConn;
  #sawClose: () => void = () => {};
  #buffer = "";

  constructor(conn: Deno.TcpConn, readonly number: number) {
    this.#conn = conn;
    this.closed = new Promise((resolve) => this.#sawClose = resolve);
  }

  /** The next request, head and body, or null at the end of the connection. */
  async request(): Promise<string | null> {
    for (;;) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end >= 0) {
        const length = Number(/content-length: (\d+)/i.exec(this.#buffer.slice(0, end))?.[1] ?? 0);
        if (this.#buffer.length >= end + 4 + length) {
          const request = this.#buffer.slice(0, end + 4 + length);
          this.#buffer = this.#buffer.slice(end + 4 + length);
          return request;
        }
      }
      if (!await this.#fill()) return null;
    }
  }

  async #fill(): Promise<boolean> {
    const chunk = new Uint8Array(65536);
    const read = await this.#conn.read(chunk).catch(() => null);
    if (read === null) {
      this.#sawClose();
      return false;
    }
    this.#buffer += new TextDecoder("latin1").decode(chunk.subarray(0, read));
    return true;
  }

  /** The next bytes, Latin-1. */
  async take(length: number): Promise<string> {
    while (this.#buffer.length < length && await this.#fill());
    const taken = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return taken;
  }

  /** Reads until the client closes. */
  async drain(): Promise<void> {
    while (await this.#fill());
  }

  async write(text: string): Promise<void> {
    await this.writeBytes(new TextEncoder().encode(text));
  }

  async writeBytes(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  async answer(body: string, status = "200 OK", headers = ""): Promise<void> {
    await this.write(`HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`);
  }

  close(): void {
    try {
      this.#conn.close();
    } catch { /* the script may have closed it */ }
  }
}

/** A TCP server whose connections a test writes byte by byte. */
export class RawServer {
  readonly url: URL;
  readonly connections: RawConnection[] = [];
  readonly #listener: Deno.TcpListener;
  readonly #done: Promise<void>;

  constructor(script: (connection: RawConnection) => Promise<void> | void) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = this.#listener.addr;
    this.url = new URL(`http://127.0.0.1:${port}`);
    this.#done = this.#accept(script);
  }

  async #accept(script: (connection: RawConnection) => Promise<void> | void): Promise<void> {
    const scripts: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      const connection = new RawConnection(conn, this.connections.length);
      this.connections.push(connection);
      scripts.push(Promise.resolve(script(connection)).catch(() => {}).finally(() => connection.close()));
    }
    for (const connection of this.connections) connection.close();
    await Promise.all(scripts);
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.#done;
  }
}
