/** Passes bytes on to a port of this machine, and answers back after some time. */
export class SlowProxy implements AsyncDisposable {
  /** Milliseconds that an answer is held back. */
  delay = 0;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.Conn>();
  readonly #held = new Set<() => void>();
  readonly #accepting: Promise<void>;

  private constructor(listener: Deno.TcpListener, port: number) {
    this.#listener = listener;
    this.#accepting = this.#accept(port);
  }

  static start(port: number): Promise<SlowProxy> {
    return Promise.resolve(new SlowProxy(Deno.listen({ hostname: "127.0.0.1", port: 0 }), port));
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Holds nothing back any more. */
  release(): void {
    this.delay = 0;
    for (const release of this.#held) release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.release();
    for (const connection of this.#connections) close(connection);
    await this.#accepting;
  }

  async #accept(port: number): Promise<void> {
    try {
      for await (const client of this.#listener) {
        const server = await Deno.connect({ hostname: "127.0.0.1", port });
        for (const connection of [client, server]) this.#connections.add(connection);
        this.#pass(client, server, () => 0);
        this.#pass(server, client, () => this.delay);
      }
    } catch {
      // It was closed.
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn, delay: () => number): Promise<void> {
    // In their order, whatever the delays.
    let before = Promise.resolve();
    try {
      for await (const chunk of from.readable) {
        const waited = this.#wait(delay());
        before = before.then(() => waited).then(async () => {
          for (let at = 0; at < chunk.length;) at += await to.write(chunk.subarray(at));
        }).catch(() => {});
      }
    } catch {
      // One side left.
    }
    await before;
    close(to);
  }

  #wait(ms: number): Promise<void> {
    if (ms === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const release = () => {
        clearTimeout(timer);
        this.#held.delete(release);
        resolve();
      };
      const timer = setTimeout(release, ms);
      this.#held.add(release);
    });
  }
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is.
  }
}
