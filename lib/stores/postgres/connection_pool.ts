import type { Clock } from "../../clock.ts";
import { CommandQueue } from "../command_queue.ts";
import type { Connection, Value } from "./connection.ts";

export interface ConnectionPoolOptions {
  /** Connections at most. */
  readonly size: number;
  readonly clock: Clock;
  readonly connect: () => Promise<Connection>;
}

/** What may wait for a connection: commands, and the text that they hold together. */
const MAX_QUEUE = 1_000;
const MAX_QUEUE_CHARACTERS = 64 * 1024 * 1024;
/** One that nobody needed for so long is closed, milliseconds. */
const IDLE = 60_000;
const SWEEP_INTERVAL = 20_000;

interface IdleConnection {
  readonly connection: Connection;
  readonly since: number;
}

/**
 * Connections that are made when they are needed, a bounded number of them. Each is somebody's until it is given back,
 * or destroyed: what was given up under way never comes back.
 */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #waiting = new CommandQueue(MAX_QUEUE, MAX_QUEUE_CHARACTERS);
  /** The one used last is used next, so that those that are not needed go. */
  #idle: IdleConnection[] = [];
  readonly #open = new Set<Connection>();
  #connecting = 0;
  #closed = false;
  readonly #stopSweeping: () => void;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    this.#stopSweeping = options.clock.every(SWEEP_INTERVAL, () => this.#sweep());
  }

  /** Connections there are or are about to be. */
  get size(): number {
    return this.#open.size + this.#connecting;
  }

  /**
   * @param values counted with what waits.
   * @param until monotonic milliseconds after which nobody waits for it.
   * @throws {Error} why there is none.
   */
  acquire(values: readonly Value[], until: number): Promise<Connection> {
    if (this.#closed) return Promise.reject(new Error("The database is closed"));
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle.connection);
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const pending = {
      command: ["", ...values] as const,
      until,
      resolve: (connection: unknown) => resolve(connection as Connection),
      reject,
    };
    if (!this.#waiting.add(pending)) {
      return Promise.reject(new Error(`${this.#waiting.length} commands wait for the database already`));
    }
    this.#connectForThoseWaiting();
    return promise;
  }

  /** Gives back what `acquire` gave, with nothing under way. */
  release(connection: Connection): void {
    if (!connection.alive) return;
    const next = this.#next();
    if (next !== undefined) next.resolve(connection);
    else if (this.#closed) connection.destroy();
    else this.#idle.push({ connection, since: this.#options.clock.now() });
  }

  /** Ends all of them. */
  close(): void {
    this.#closed = true;
    this.#stopSweeping();
    for (const { reject } of this.#waiting.take(Infinity)) reject(new Error("The database is closed"));
    for (const connection of this.#open) connection.destroy();
  }

  /** The oldest that still waits. */
  #next() {
    const now = this.#options.clock.now();
    for (;;) {
      const [pending] = this.#waiting.take(1);
      if (pending === undefined || pending.until >= now) return pending;
      // It knows; whoever waits has a time-out of its own.
      pending.reject(new Error("It waited too long for a connection"));
    }
  }

  #connectForThoseWaiting(): void {
    while (this.#connecting < this.#waiting.length && this.size < this.#options.size && !this.#closed) {
      this.#connecting++;
      this.#options.connect().then((connection) => this.#connected(connection), (error) => {
        this.#connecting--;
        // Each try has somebody who waits for it, so that none waits for a server that refuses.
        this.#next()?.reject(error instanceof Error ? error : new Error(String(error)));
        this.#connectForThoseWaiting();
      });
    }
  }

  #connected(connection: Connection): void {
    this.#connecting--;
    this.#open.add(connection);
    connection.onEnd = () => {
      this.#open.delete(connection);
      this.#idle = this.#idle.filter((idle) => idle.connection !== connection);
      this.#connectForThoseWaiting();
    };
    if (this.#closed) connection.destroy();
    else this.release(connection);
  }

  #sweep(): void {
    const oldest = this.#options.clock.now() - IDLE;
    for (const { connection, since } of this.#idle) if (since < oldest) connection.destroy();
  }
}
