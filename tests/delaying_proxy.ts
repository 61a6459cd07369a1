/** Stands between a client and a server on this machine, and passes on what it is given after a time. */
export class DelayingProxy implements AsyncDisposable {
  /** Milliseconds, of both directions. */
  delay = 0;
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #open = new Set<Deno.TcpConn>();
  /** What is held back. */
  readonly #held = new Set<() => void>();
  readonly #accepting: Promise<void>;

  constructor(readonly server: { readonly hostname: string; readonly port: number }) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  /** Passes on at once, what is held back too. */
  release(): void {
    this.delay = 0;
    for (const pass of this.#held) pass();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.release();
    for (const connection of this.#open) close(connection);
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      this.#open.add(client);
      Deno.connect(this.server).then((server) => {
        this.#open.add(server);
        this.#pass(client, server);
        this.#pass(server, client);
      }, () => this.#end(client));
    }
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    let last: Promise<unknown> = Promise.resolve();
    try {
      for (;;) {
        const buffer = new Uint8Array(64 * 1024);
        const length = await from.read(buffer);
        if (length === null) break;
        const bytes = buffer.subarray(0, length);
        // In their order, whatever the delay is changed to meanwhile.
        const due = this.#later();
        last = last.then(() => due).then(() => writeAll(to, bytes));
        last.catch(() => this.#end(from));
      }
      await last;
    } catch {
      // Either of them has ended.
    }
    this.#end(from);
    this.#end(to);
  }

  #later(): Promise<void> {
    if (this.delay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const pass = () => {
        clearTimeout(timer);
        this.#held.delete(pass);
        resolve();
      };
      const timer = setTimeout(pass, this.delay);
      this.#held.add(pass);
    });
  }

  #end(connection: Deno.TcpConn): void {
    this.#open.delete(connection);
    close(connection);
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
