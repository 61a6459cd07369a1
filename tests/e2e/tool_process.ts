/** A tool of the program as a child process: from source, or the compiled binary where `GATEWAY_BIN` names one. */
import { gatewayCommand, gatewayEnvironment } from "./gateway_process.ts";

const TIMEOUT_MS = 20_000;

export class ToolProcess implements AsyncDisposable {
  /** Lines of standard output so far. */
  readonly lines: string[] = [];
  readonly ended: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  #running = true;
  #more = Promise.withResolvers<void>();

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.ended = Promise.all([child.status, this.#read()]).then(([status]) => {
      this.#running = false;
      this.#more.resolve();
      return status;
    });
  }

  static start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ToolProcess {
    const [command, ...first] = gatewayCommand();
    return new ToolProcess(
      new Deno.Command(command, {
        args: [...first, ...args],
        clearEnv: true,
        env: gatewayEnvironment(env),
        stdin: "null",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
    );
  }

  /** The first line that `matches`, of the past or of those to come. @throws {Error} where none comes in 20 s. */
  async line(matches: (line: string) => boolean): Promise<string> {
    const late = setTimeout(() => this.#child.kill("SIGKILL"), TIMEOUT_MS);
    try {
      for (let next = 0;; next++) {
        while (next >= this.lines.length) {
          if (!this.#running) throw new Error(`Cannot find the line in:\n${this.lines.join("\n")}`);
          await this.#more.promise;
        }
        const line = this.lines[next] ?? "";
        if (matches(line)) return line;
      }
    } finally {
      clearTimeout(late);
    }
  }

  /** Sends `signal` and waits for the end; after 20 s the process is killed. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<Deno.CommandStatus> {
    if (this.#running) this.#child.kill(signal);
    const late = setTimeout(() => this.#child.kill("SIGKILL"), TIMEOUT_MS);
    const status = await this.ended;
    clearTimeout(late);
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    }
  }
}
