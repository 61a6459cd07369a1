import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import type { RedisClientOptions } from "../../lib/stores/redis/redis_client.ts";
import type { RedisServerOptions } from "../../lib/stores/redis/redis_server_options.ts";
import { openSettled } from "../../lib/stores/redis/redis_node.ts";
import { freePort } from "../free_port.ts";
import { toolPath } from "../requires.ts";

/** Until a client has connected, which it does by itself, beside whoever waits. @param ask asks for anything. */
export async function connected(ask: () => Promise<unknown>): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end;) {
    if (await ask().then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("Cannot connect to Redis within 10 s");
}

/** What a client is opened with: 250 ms a command, and no chance. */
export function redisOptions(
  server: Partial<RedisServerOptions> & Pick<RedisServerOptions, "address">,
  onHealth?: (failure: string | null) => void,
): RedisClientOptions & { readonly prefix: string } {
  return {
    server: {
      username: null,
      password: null,
      database: null,
      timeout: 250,
      connectTimeout: 1_000,
      tls: null,
      ...server,
    },
    prefix: "test:",
    clock: systemClock,
    deadlines: new Deadlines(systemClock),
    random: () => 0,
    onHealth,
  };
}

/** Nothing on disk, that a replica gets at once. */
const COMMON =
  "--bind 127.0.0.1 --save  --appendonly no --repl-diskless-sync yes --repl-diskless-sync-delay 0 " +
  "--repl-diskless-load on-empty-db --dir /tmp --dbfilename no-such-dump-of-a-test.rdb";

/** A real Redis server of a test's own, on a free port, with nothing on disk. */
export class RedisServer implements AsyncDisposable {
  readonly url: string;
  readonly #args: readonly string[];
  #child: Deno.ChildProcess;
  /** What is removed with it. */
  #folder: string | null = null;

  private constructor(readonly port: number, args: readonly string[]) {
    this.url = `redis://127.0.0.1:${port}`;
    this.#args = args;
    this.#child = spawn(port, args);
  }

  /** Resolves once it answers. @param args more of the command's, which may contradict the others. */
  static async start(...args: readonly string[]): Promise<RedisServer> {
    const server = new RedisServer(freePort(), args);
    await server.answers();
    return server;
  }

  /** What a client of it is opened with: 250 ms a command, and no chance. */
  options(onHealth?: (failure: string | null) => void): RedisClientOptions & { readonly prefix: string } {
    return redisOptions({ address: { kind: "server", url: this.url } }, onHealth);
  }

  /** One that has on disk what it has answered. */
  static async startOnDisk(): Promise<RedisServer> {
    const folder = await Deno.makeTempDir({ prefix: "redis-" });
    const server = await RedisServer.start("--appendonly", "yes", "--appendfsync", "always", "--dir", folder);
    server.#folder = folder;
    return server;
  }

  /** Again on the same port, after `stop`. */
  async restart(): Promise<void> {
    this.#child = spawn(this.port, this.#args);
    await this.answers();
  }

  /** Stops running it, and goes on: its connections stay. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  async stop(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
  }

  /** One command on a connection of its own. @throws {Error} the server's own. */
  async ask(...args: readonly string[]): Promise<unknown> {
    const node = await openSettled({
      host: "127.0.0.1",
      port: this.port,
      username: null,
      password: null,
      database: 0,
      connectTimeout: 2_000,
      timeout: 2_000,
      tls: null,
      clock: systemClock,
      deadlines: new Deadlines(systemClock),
    });
    try {
      return await node.send(args);
    } finally {
      node.close();
    }
  }

  /** Until a command's answer holds a text. */
  async until(args: readonly string[], text: string): Promise<void> {
    let last = "";
    for (const end = performance.now() + 15_000; performance.now() < end;) {
      last = Deno.inspect(await this.ask(...args).catch((error) => error), {
        depth: 5,
        strAbbreviateSize: 9999,
      });
      if (last.includes(text)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${args.join(" ")} does not come to ${text} within 15 s: ${last}`);
  }

  async answers(): Promise<void> {
    for (;;) {
      try {
        using connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
        await connection.write(new TextEncoder().encode("PING\r\n"));
        if (await connection.read(new Uint8Array(64)) !== null) return;
      } catch {
        // Not yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#folder !== null) await Deno.remove(this.#folder, { recursive: true });
  }
}

function spawn(port: number, args: readonly string[]): Deno.ChildProcess {
  const path = toolPath("redis");
  if (path === null) throw new Error("Cannot start Redis: it is not installed");
  // A configuration's file comes before all flags.
  const first = args[0]?.startsWith("-") === false ? 1 : 0;
  return new Deno.Command(path, {
    args: [...args.slice(0, first), ...COMMON.split(" "), "--port", `${port}`, ...args.slice(first)],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}
