/** A TCP client that sends what it is told, well formed or not. */

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** How long a test waits for what has to come before it fails. */
const PATIENCE_MS = 5000;

export class RawClient implements Disposable {
  #received = "";
  #ended = false;
  #wake: (() => void) | null = null;

  private constructor(readonly connection: Deno.TcpConn) {
    this.#readAll();
  }

  static async connect(port: number): Promise<RawClient> {
    return new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** What came so far. */
  get received(): string {
    return this.#received;
  }

  /** Whether the server closed the connection. */
  get ended(): boolean {
    return this.#ended;
  }

  async send(text: string | Uint8Array): Promise<void> {
    let bytes = typeof text === "string" ? encoder.encode(text) : text;
    while (bytes.length > 0) bytes = bytes.subarray(await this.connection.write(bytes));
  }

  /** Waits until what came holds `text`, and returns what came. */
  async receive(text: string): Promise<string> {
    await this.#until(() => this.#received.includes(text), `"${text}"`);
    return this.#received;
  }

  /** Sends a request and waits for an answer that ends in `end`; forgets what came before. */
  async ask(request: string, end: string): Promise<string> {
    this.#received = "";
    await this.send(request);
    return await this.receive(end);
  }

  /** Waits until the server closes, and returns what came. */
  async end(): Promise<string> {
    await this.#until(() => this.#ended, "the end");
    return this.#received;
  }

  close(): void {
    try {
      this.connection.close();
    } catch {
      // Closed by the server.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #readAll(): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      for (;;) {
        const length = await this.connection.read(buffer);
        if (length === null) break;
        this.#received += decoder.decode(buffer.subarray(0, length));
        this.#wake?.();
      }
    } catch {
      // Reset, or closed by the test.
    }
    this.#ended = true;
    this.#wake?.();
  }

  async #until(reached: () => boolean, what: string): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const end = this.#ended ? ", and the connection ended" : "";
        reject(new Error(`Waited for ${what}; got ${JSON.stringify(this.#received.slice(0, 2000))}${end}`));
      }, PATIENCE_MS);
    });
    try {
      while (!reached()) {
        if (this.#ended) {
          throw new Error(`Ended before ${what}: ${JSON.stringify(this.#received.slice(0, 2000))}`);
        }
        await Promise.race([new Promise<void>((resolve) => this.#wake = resolve), late]);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Waits until something becomes true; for what no event announces. */
export async function eventually(reached: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!reached()) {
    if (performance.now() > end) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
