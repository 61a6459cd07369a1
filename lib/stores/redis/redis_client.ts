import type { Clock } from "../../clock.ts";
import type { Deadlines } from "../../deadlines.ts";
import { CommandBreaker } from "../command_breaker.ts";
import { inTime } from "../in_time.ts";
import { ClusterConnection } from "./cluster_connection.ts";
import type { ConnectionOptions, RedisConnection } from "./redis_connection.ts";
import { RedisError } from "./resp.ts";
import type { RedisScript } from "./redis_script.ts";
import type { RedisServerOptions } from "./redis_server_options.ts";
import { SentinelConnection } from "./sentinel_connection.ts";
import { connectSingle } from "./single_connection.ts";

export interface RedisClientOptions {
  readonly server: RedisServerOptions;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: () => number;
  /** Called when the server stops answering, with why, and with null once it does again. */
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

/**
 * Commands to a Redis or Valkey server, to the master that Sentinels name, or to a cluster. Connections are made and
 * made again by themselves. No command waits longer than `timeout`, and where the server does not answer, none waits at
 * all. A command that was given up keeps its place in its connection's order, so its late answer is nobody else's.
 */
export class RedisClient {
  readonly #options: RedisClientOptions;
  readonly #breaker: CommandBreaker;
  readonly #connection: RedisConnection;
  readonly #settled = Promise.withResolvers<void>();

  private constructor(options: RedisClientOptions) {
    this.#options = options;
    this.#breaker = new CommandBreaker(options);
    this.#connection = connect({
      ...options,
      onReady: () => {
        this.#breaker.tryNow();
        this.#settled.resolve();
      },
      onLost: (reason) => {
        this.#breaker.fail(`not connected to Redis: ${reason}`);
        this.#settled.resolve();
      },
    });
  }

  /** Begins to connect; a server that is not there is waited for by nobody. */
  static open(options: RedisClientOptions): RedisClient {
    return new RedisClient(options);
  }

  /** Resolves once it is connected or known not to be, after `connectTimeout` at the latest. */
  async settled(): Promise<void> {
    const { deadlines, server: { connectTimeout } } = this.#options;
    await inTime(deadlines, connectTimeout, () => this.#settled.promise).catch(() => {});
  }

  /** Why the server cannot be used; null while it can. */
  get failure(): string | null {
    return this.#breaker.failure;
  }

  /**
   * A command whose first argument is its key.
   * @throws {Error} the server's own, or why there is no answer.
   */
  run(...args: readonly [name: string, key: string, ...more: string[]]): Promise<unknown> {
    return this.#run(() => this.#connection.send(args[1], args));
  }

  /** @param keys at least one, all of one slot. @throws {Error} the server's own, or why there is no answer. */
  script(
    { lua, sha1 }: RedisScript,
    keys: readonly [string, ...string[]],
    args: readonly (string | number)[],
  ): Promise<unknown> {
    const rest = [`${keys.length}`, ...keys, ...args.map(String)];
    const [key] = keys;
    return this.#run(async () => {
      try {
        return await this.#connection.send(key, ["EVALSHA", sha1, ...rest]);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return await this.#connection.send(key, ["EVAL", lua, ...rest]);
      }
    });
  }

  close(): void {
    this.#connection.close();
  }

  #run(command: () => Promise<unknown>): Promise<unknown> {
    const { deadlines, server: { timeout } } = this.#options;
    return this.#answered(() => inTime(deadlines, timeout, command));
  }

  /** A server that refuses a command for what it is serves all others: that is an answer. */
  async #answered(command: () => Promise<unknown>): Promise<unknown> {
    const answer = await this.#breaker.run(() =>
      command().catch((error) => {
        if (error instanceof RedisError && !UNWELL.test(error.message)) return error;
        throw error;
      })
    );
    if (answer instanceof RedisError) throw answer;
    return answer;
  }
}

/** How errors begin with which a server says that it serves nobody, or keeps nothing. */
const UNWELL =
  /^(LOADING|MASTERDOWN|READONLY|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM|BUSY|NOAUTH|NOPERM|WRONGPASS)\b/;

function connect(options: ConnectionOptions): RedisConnection {
  const { address } = options.server;
  switch (address.kind) {
    case "server":
      return connectSingle(address.url, options);
    case "sentinels":
      return new SentinelConnection(address, options);
    case "cluster":
      return new ClusterConnection(address.urls, options);
  }
}
