/** What is watched: who connects to a server at this IPv4 address. */
export interface Watched {
  readonly address: string;
  readonly port: number;
}

/** What was seen of the connections. */
export interface Seen {
  /** At a time. */
  readonly most: number;
  /** Milliseconds that one was there, at most. */
  readonly longest: number;
}

/** Looks at a server's connections from a thread of its own, so that the load beside it is not held up by that. */
export class Watch implements Disposable {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

  constructor(watched: Watched) {
    this.#worker.postMessage(watched);
  }

  /** Of all connections until now. */
  seen(): Promise<Seen> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }) => resolve(data);
      this.#worker.onerror = ({ message }) => reject(new Error(`Cannot watch connections: ${message}`));
      this.#worker.postMessage("seen");
    });
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
