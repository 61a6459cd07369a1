import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import type { RedisClientOptions } from "../../lib/stores/redis/redis_client.ts";
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

/** A real Redis server of a test's own, on a free port, with nothing on disk. */
export class RedisServer implements AsyncDisposable {
  readonly url: string;
  #child: Deno.ChildProcess;

  private constructor(readonly port: number, child: Deno.ChildProcess) {
    this.url = `redis://127.0.0.1:${port}`;
    this.#child = child;
  }

  /** Resolves once it answers. */
  static async start(): Promise<RedisServer> {
    const port = freePort();
    const server = new RedisServer(port, spawn(port));
    await server.answers();
    return server;
  }

  /** What a client of it is opened with: 250 ms a command, and no chance. */
  options(onHealth?: (failure: string | null) => void): RedisClientOptions & { readonly prefix: string } {
    return {
      server: {
        address: { kind: "server", url: this.url },
        username: null,
        password: null,
        database: null,
        timeout: 250,
        connectTimeout: 1_000,
        tls: null,
      },
      prefix: "test:",
      clock: systemClock,
      deadlines: new Deadlines(systemClock),
      random: () => 0,
      onHealth,
    };
  }

  /** Again on the same port, after `stop`. */
  async restart(): Promise<void> {
    this.#child = spawn(this.port);
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function spawn(port: number): Deno.ChildProcess {
  const path = toolPath("redis");
  if (path === null) throw new Error("Cannot start Redis: it is not installed");
  return new Deno.Command(path, {
    args: ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/tmp"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}
