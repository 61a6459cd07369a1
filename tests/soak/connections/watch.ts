import { onSpareTime } from "../on_spare_time.ts";
import type { Soak } from "../scenario.ts";

/** Whose connections are watched: those to a server at this IPv4 address. */
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

const PROGRAM = new URL("./watcher.ts", import.meta.url).pathname;

/** Looks at a server's connections, on spare time: the system takes long to tell of thousands. */
export class Watch implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Resolves once it looks. */
  static async start(soak: Pick<Soak, "short">, { address, port }: Watched): Promise<Watch> {
    const command = [
      Deno.execPath(),
      "run",
      "--allow-all",
      "--no-check",
      PROGRAM,
      address,
      `${port}`,
    ] as const;
    const child = onSpareTime(soak, command, { stdin: "piped", stdout: "piped", stderr: "inherit" }).spawn();
    const watch = new Watch(child);
    await watch.#output.read();
    return watch;
  }

  /** Ends it. */
  async seen(): Promise<Seen> {
    await this.#child.stdin.close();
    const { value = "" } = await this.#output.read();
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#output.cancel();
  }
}
