import { dirname } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { PostgresClient, type PostgresClientOptions } from "../../lib/stores/postgres/postgres_client.ts";
import { freePort } from "../free_port.ts";
import { toolPath } from "../requires.ts";

/** Who owns a cluster where the tests are root's, for Postgres refuses to be. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const USER = "gateway";

/** A real Postgres server with a cluster of its own, which goes with it. Nothing is safe on its disk. */
export class PostgresServer implements AsyncDisposable {
  readonly url: string;
  #child: Deno.ChildProcess | null = null;
  #schemas = 0;

  private constructor(
    readonly port: number,
    readonly directory: string,
    readonly settings: readonly string[],
  ) {
    this.url = `postgres://${USER}@127.0.0.1:${port}/postgres`;
  }

  /**
   * Resolves once it answers.
   * @param settings as `fsync=on`.
   * @param files that stand in the cluster's directory: certificates, `pg_hba.conf`.
   */
  static async start({ settings = [], files = {} }: {
    readonly settings?: readonly string[];
    readonly files?: Readonly<Record<string, string>>;
  } = {}): Promise<PostgresServer> {
    const directory = await Deno.makeTempDir({ prefix: "postgres-" });
    const owner = isRoot() ? NOBODY : null;
    if (owner !== null) await Deno.chown(directory, owner.uid, owner.gid);
    const { code, stderr } = await new Deno.Command(`${dirname(program())}/initdb`, {
      args: ["-D", directory, "-U", USER, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"],
      // Where the tests run it may not be let in.
      cwd: directory,
      ...owner,
      stdin: "null",
    }).output();
    if (code !== 0) throw new Error(`Cannot make a cluster: ${new TextDecoder().decode(stderr)}`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${directory}/${name}`, text, { mode: 0o600 });
      if (owner !== null) await Deno.chown(`${directory}/${name}`, owner.uid, owner.gid);
    }
    const server = new PostgresServer(freePort(), directory, settings);
    await server.restart();
    return server;
  }

  /** What a client of it is opened with: far more than a loaded machine needs, and a schema that no other has. */
  options(otherwise: Partial<PostgresClientOptions> = {}): PostgresClientOptions {
    return {
      url: this.url,
      tls: null,
      schema: `test_${++this.#schemas}`,
      poolSize: 4,
      timeout: 20_000,
      connectTimeout: 10_000,
      clock: systemClock,
      deadlines: new Deadlines(systemClock),
      random: () => 0,
      ...otherwise,
    };
  }

  /** Statements of a test's own, each on its own connection. */
  async query(text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = new PostgresClient(this.options());
    try {
      return await client.run(text);
    } finally {
      await client.close();
    }
  }

  /** Again on the same port and cluster, after `stop` or without. */
  async restart(): Promise<void> {
    await this.stop();
    const settings = [
      "fsync=off",
      "unix_socket_directories=",
      "listen_addresses=127.0.0.1",
      "dynamic_shared_memory_type=mmap",
      "max_connections=50",
      "shared_buffers=16MB",
      ...this.settings,
    ];
    this.#child = new Deno.Command(program(), {
      args: ["-D", this.directory, "-p", `${this.port}`, ...settings.flatMap((each) => ["-c", each])],
      cwd: this.directory,
      ...(isRoot() ? NOBODY : null),
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    await this.answers();
  }

  /** Ends it as a power failure would, but for what the system has. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    try {
      // The rest end with the first: "immediate shutdown".
      child.kill("SIGQUIT");
    } catch {
      // It has ended.
    }
    await child.status;
  }

  /** All its processes stop running, or go on: its connections stay. */
  async signal(signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error("Cannot signal a server that does not run");
    Deno.kill(pid, signal);
    for (const child of await childrenOf(pid)) {
      try {
        Deno.kill(child, signal);
      } catch {
        // It has ended.
      }
    }
  }

  async answers(): Promise<void> {
    for (const end = performance.now() + 30_000;;) {
      try {
        await this.query("SELECT 1");
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.directory, { recursive: true });
  }
}

/**
 * One server for all tests of a file, each with a schema of its own: `server()` from within a test.
 * @param ignore as `requires("postgres")` says.
 */
export function postgresOfFile(ignore: boolean): () => PostgresServer {
  let server: PostgresServer | null = null;
  if (!ignore) {
    Deno.test.beforeAll(async () => void (server = await PostgresServer.start()));
    Deno.test.afterAll(async () => await server?.[Symbol.asyncDispose]());
  }
  return () => {
    if (server === null) throw new Error("The server runs within tests alone");
    return server;
  };
}

function program(): string {
  const path = toolPath("postgres");
  if (path === null) throw new Error("Cannot start Postgres: it is not installed");
  return Deno.realPathSync(path);
}

function isRoot(): boolean {
  return Deno.uid() === 0;
}

/** The server's processes are all children of its first. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter((part) => part !== "").map(Number);
}
