/** The gateway as a child process: from source, or the compiled binary where `GATEWAY_BIN` names one. */
import { ALLOCATOR } from "../../scripts/allocator.ts";
import { V8_FLAGS } from "../../scripts/v8_flags.ts";

/** One JSON line of the gateway's log. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface GatewayProcessOptions {
  /** The configuration file's text. */
  readonly config: string;
  /** Further arguments of `serve`. */
  readonly args?: readonly string[];
  /** What to run in place of the gateway on a port of its own: a container, given the configuration's path. */
  readonly command?: (file: string) => readonly [string, ...string[]];
  /** Finds the line of its start where that is not on standard output. */
  readonly started?: () => Promise<LogLine>;
  /** Further variables; of the test's own environment the gateway sees only what running it takes. */
  readonly env?: Readonly<Record<string, string>>;
}

const ROOT = new URL("../../", import.meta.url);
const INHERITED = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

/** The command that starts the gateway, without arguments of its own. */
export function gatewayCommand(): [string, ...string[]] {
  const binary = Deno.env.get("GATEWAY_BIN");
  if (binary) return [new URL(binary, ROOT).pathname];
  const path = (name: string) => new URL(name, ROOT).pathname;
  const flags = `--v8-flags=${V8_FLAGS}`;
  return [Deno.execPath(), "run", "--allow-all", flags, "--config", path("deno.json"), path("main.ts")];
}

/** The command that serves what a file says, on a port of its own. */
export function serveCommand(file: string): [string, ...string[]] {
  return [...gatewayCommand(), "serve", "--config", file, "--host", "127.0.0.1", "--port", "0"];
}

/** What it is started with, and the variables that it needs of the test's own: so no key or `OTEL_…` leaks into it. */
export function gatewayEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = INHERITED.map((name) => [name, Deno.env.get(name)])
    .filter((pair): pair is [string, string] => pair[1] !== undefined);
  return { ...Object.fromEntries(inherited), ...ALLOCATOR, ...more };
}

export class GatewayProcess implements AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  url = "";
  /** Resolves when the process has ended and its output is read. */
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;
  readonly #lines: string[] = [];
  readonly #logs: LogLine[] = [];
  readonly #waiters = new Set<() => void>();
  #errors = "";
  #running = true;

  private constructor(child: Deno.ChildProcess, directory: string) {
    this.#child = child;
    this.#directory = directory;
    this.ended = Promise.all([child.status, this.#readOutput(), this.#readErrors()]).then(([status]) => {
      this.#running = false;
      this.#wake();
      return status;
    });
  }

  /**
   * Resolves once the gateway serves, on a port of its own.
   *
   * @throws {Error} with its output, where it ends or takes over 30 s.
   */
  static async start(options: GatewayProcessOptions): Promise<GatewayProcess> {
    const directory = await Deno.makeTempDir({ prefix: "gateway-" });
    const file = `${directory}/config.yaml`;
    await Deno.writeTextFile(file, options.config);
    const [command, ...args] = (options.command ?? serveCommand)(file);
    const child = new Deno.Command(command, {
      args: [...args, ...options.args ?? []],
      cwd: directory,
      clearEnv: true,
      env: gatewayEnvironment(options.env),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const gateway = new GatewayProcess(child, directory);
    try {
      const started = await (options.started?.() ??
        gateway.log((line) => line.event === "gateway.started", START_TIMEOUT_MS));
      gateway.url = String(started.url).replace(/\/$/, "");
    } catch (error) {
      await gateway.stop("SIGKILL");
      throw error;
    }
    return gateway;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Every JSON line that it logged so far. */
  get logs(): readonly LogLine[] {
    return this.#logs;
  }

  /** Every line of stdout so far, JSON or not. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** All of stderr so far. */
  get errors(): string {
    return this.#errors;
  }

  /**
   * The first log line that `matches`, of the past or of the next `ms`.
   *
   * @throws {Error} with the gateway's output, where none comes.
   */
  async log(matches: (line: LogLine) => boolean, ms = 10_000): Promise<LogLine> {
    const end = performance.now() + ms;
    for (let next = 0;; next++) {
      while (next >= this.#logs.length) {
        if (!this.#running || !await this.#more(end - performance.now())) {
          throw new Error(
            `Cannot find the log line: ${this.#running ? `none within ${ms} ms` : "the gateway ended"}\n` +
              `stdout:\n${this.#lines.join("\n")}\nstderr:\n${this.#errors}`,
          );
        }
      }
      const line = this.#logs[next];
      if (line !== undefined && matches(line)) return line;
    }
  }

  /** Replaces the configuration's file, at once and whole. */
  async configure(text: string): Promise<void> {
    const next = `${this.#directory}/next.yaml`;
    await Deno.writeTextFile(next, text);
    await Deno.rename(next, `${this.#directory}/config.yaml`);
  }

  signal(signal: Deno.Signal): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** Sends `signal` and waits for the end; after 20 s the process is killed. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<Deno.CommandStatus> {
    this.signal(signal);
    const kill = setTimeout(() => this.signal("SIGKILL"), STOP_TIMEOUT_MS);
    const status = await this.ended;
    clearTimeout(kill);
    await Deno.remove(this.#directory, { recursive: true }).catch(ignoreAbsent);
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Resolves with true when another line came or the process ended, with false after `ms`. */
  #more(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (came: boolean) => {
        clearTimeout(timer);
        this.#waiters.delete(wake);
        resolve(came);
      };
      const wake = () => settle(true);
      const timer = setTimeout(() => settle(false), Math.max(0, ms));
      this.#waiters.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiters]) wake();
  }

  async #readOutput(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#line(line);
    }
    if (rest !== "") this.#line(rest);
  }

  #line(line: string): void {
    this.#lines.push(line);
    if (!line.startsWith("{")) return;
    try {
      this.#logs.push(JSON.parse(line));
    } catch {
      return;
    }
    this.#wake();
  }

  async #readErrors(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) this.#errors += text;
  }
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
