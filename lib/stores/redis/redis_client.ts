import type { Clock } from "../../clock.ts";
import type { Deadlines } from "../../deadlines.ts";
import { CommandBreaker } from "../command_breaker.ts";
import { tlsOptions } from "../server_tls.ts";
import type { RedisServerOptions } from "./redis_server_options.ts";

export interface RedisClientOptions {
  readonly server: RedisServerOptions;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: () => number;
  /** Called when the server stops answering, with why, and with null once it does again. */
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

/** Commands that may wait for their answers at a time. */
const MAX_COMMANDS = 1_000;
/** Between two tries to connect, milliseconds. */
const FIRST_RECONNECT = 50;
const LAST_RECONNECT = 2_000;
/** A server that says nothing for so long, though it is asked now and then, is connected to anew. */
const SILENCE = 30_000;
const PING_EACH = 10_000;

interface Connection {
  sendCommand(args: readonly string[]): Promise<unknown>;
  destroy(): void;
}

/**
 * Commands to a Redis or Valkey server over one connection, which is made and made again by itself. None waits for
 * the server longer than `timeout`, and where it does not answer, none waits at all. A command that was given up keeps
 * its place in the connection's order, so its late answer is nobody else's.
 */
export class RedisClient {
  readonly #options: RedisClientOptions;
  readonly #breaker: CommandBreaker;
  readonly #connection: Connection;

  private constructor(options: RedisClientOptions, connection: Connection) {
    this.#options = options;
    this.#breaker = new CommandBreaker(options);
    this.#connection = connection;
  }

  /** Begins to connect; a server that is not there is waited for by nobody. */
  static async open(options: RedisClientOptions): Promise<RedisClient> {
    // Loaded where it is used, and by `default`: bundled, what is loaded of CommonJS has no other name.
    const { default: { createClient } } = await import("@redis/client");
    const { address, username, password, database, connectTimeout, tls } = options.server;
    if (address.kind !== "server") {
      throw new Error("Cannot connect to Redis: only a single server is supported");
    }
    const connection = createClient({
      url: address.url,
      disableOfflineQueue: true,
      commandsQueueMaxLength: MAX_COMMANDS,
      pingInterval: PING_EACH,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      ...(database === null ? {} : { database }),
      socket: {
        connectTimeout,
        socketTimeout: SILENCE,
        reconnectStrategy: (tries: number) =>
          Math.min(FIRST_RECONNECT * 2 ** Math.min(tries, 10), LAST_RECONNECT),
        ...(tls === null ? {} : { tls: true as const, ...tlsOptions(tls) }),
      },
    });
    // What fails is told by the commands that fail.
    connection.on("error", () => {});
    connection.connect().catch(() => {});
    return new RedisClient(options, {
      sendCommand: (args) => connection.sendCommand([...args]),
      destroy: () => connection.destroy(),
    });
  }

  /** Why the server cannot be used; null while it can. */
  get failure(): string | null {
    return this.#breaker.failure;
  }

  /** @throws {Error} the server's own, or why there is no answer. */
  run(...args: readonly string[]): Promise<unknown> {
    return this.#breaker.run(() => this.#inTime(args));
  }

  close(): void {
    try {
      this.#connection.destroy();
    } catch {
      // It was never connected.
    }
  }

  #inTime(args: readonly string[]): Promise<unknown> {
    const { deadlines, server: { timeout } } = this.#options;
    return new Promise((resolve, reject) => {
      const deadline = deadlines.after(timeout, () => reject(new Error(`no answer within ${timeout} ms`)));
      this.#connection.sendCommand(args).then(resolve, reject).finally(() => deadlines.cancel(deadline));
    });
  }
}
