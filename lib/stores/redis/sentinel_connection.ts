import { inTime } from "../in_time.ts";
import { Lookout } from "./lookout.ts";
import { type ConnectionOptions, type HostPort, hostPort, type RedisConnection } from "./redis_connection.ts";
import { openSettled, RedisNode } from "./redis_node.ts";
import type { RedisAddress } from "./redis_server_options.ts";

type SentinelAddress = Extract<RedisAddress, { kind: "sentinels" }>;

/** How often a Sentinel is asked which server is the master, milliseconds. */
const ASK_EACH = 1_000;

/**
 * The master that Sentinels name. One of them is asked each second, and whenever the master refuses or is lost; where
 * it does not answer, the next one. Nothing goes to a server that they do not name any more.
 */
export class SentinelConnection implements RedisConnection {
  readonly #address: SentinelAddress;
  readonly #options: ConnectionOptions;
  readonly #lookout: Lookout;
  /** Which Sentinel is asked. */
  #at = 0;
  #sentinel: RedisNode | null = null;
  #master: RedisNode | null = null;
  #closed = false;

  constructor(address: SentinelAddress, options: ConnectionOptions) {
    this.#address = address;
    this.#options = options;
    this.#lookout = new Lookout(options.clock, ASK_EACH, () => this.#look());
    this.#lookout.now();
  }

  async send(_key: string, args: readonly string[]): Promise<unknown> {
    const master = this.#master;
    if (master === null) throw new Error(this.#nobody());
    try {
      return await master.send(args);
    } catch (error) {
      // It is the master no more.
      if (error instanceof Error && /^(READONLY|MASTERDOWN|LOADING) /.test(error.message)) {
        this.#lookout.now();
      }
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#lookout.close();
    this.#sentinel?.close();
    this.#master?.close();
  }

  async #look(): Promise<void> {
    for (let tries = 0; tries < this.#address.sentinels.length; tries++) {
      const master = await this.#ask().catch(() => null);
      if (this.#closed) return;
      if (master !== null) return this.#follow(master);
      this.#next();
    }
    if (this.#master === null) this.#options.onLost(this.#nobody());
  }

  async #ask(): Promise<HostPort> {
    const { deadlines, server: { connectTimeout } } = this.#options;
    this.#sentinel ??= await this.#openSentinel();
    const sentinel = this.#sentinel;
    const named = await inTime(
      deadlines,
      connectTimeout,
      () => sentinel.send(["SENTINEL", "GET-MASTER-ADDR-BY-NAME", this.#address.masterName]),
    );
    if (!Array.isArray(named)) throw new Error("it knows no such master");
    return { host: String(named[0]), port: Number(named[1]) };
  }

  #openSentinel(): Promise<RedisNode> {
    const { sentinels, username, password } = this.#address;
    const { server, clock, deadlines } = this.#options;
    const at = hostPort(sentinels[this.#at] ?? "");
    return openSettled({ ...server, ...at, username, password, database: 0, clock, deadlines });
  }

  #nobody(): string {
    return `no Sentinel names a master "${this.#address.masterName}"`;
  }

  #next(): void {
    this.#sentinel?.close();
    this.#sentinel = null;
    this.#at = (this.#at + 1) % this.#address.sentinels.length;
  }

  #follow({ host, port }: HostPort): void {
    const before = this.#master;
    if (before?.host === host && before.port === port) return;
    const { server, clock, deadlines, onReady, onLost } = this.#options;
    this.#master = new RedisNode({
      ...server,
      host,
      port,
      database: server.database ?? 0,
      clock,
      deadlines,
      onReady,
      onLost: (reason) => {
        onLost(reason);
        this.#lookout.now();
      },
    });
    before?.close();
  }
}
