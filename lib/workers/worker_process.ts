import type { Snapshot } from "../telemetry/metrics/snapshot.ts";
import type { Channel } from "./channel.ts";
import type { LineOutput } from "./line_output.ts";
import type { Hello, SupervisorMethods, WorkerMethods } from "./protocol.ts";

export type WorkerChannel = Channel<SupervisorMethods, WorkerMethods>;

export interface Ready {
  readonly url: string;
  readonly models: number;
}

/** Time for a worker to say what it has counted, after which nobody waits for it any more. */
const SNAPSHOT_MS = 5_000;

/** One worker as its supervisor sees it. */
export class WorkerProcess {
  readonly number: number;
  /** Resolves once it serves; rejects where it ends before. */
  readonly ready: Promise<Ready>;
  readonly ended: Promise<Deno.CommandStatus>;
  /** The configuration that it goes by. */
  text: string;
  /** When it began to serve, monotonic milliseconds; NaN: not yet. */
  readyAt = NaN;
  /** When it last answered, monotonic milliseconds; NaN: never yet. */
  heardAt = NaN;
  /** It was told to end. */
  draining = false;
  readonly #child: Deno.ChildProcess;
  readonly #isReady = Promise.withResolvers<Ready>();
  #channel: WorkerChannel | null = null;
  #refreshing: Promise<void> | null = null;
  #over = false;
  #last: Snapshot = {};
  #isLast = false;

  constructor([program, ...args]: readonly [string, ...string[]], hello: Hello, output: LineOutput) {
    this.number = hello.number;
    this.text = hello.text;
    this.#child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "inherit" })
      .spawn();
    this.#greet(hello);
    this.ready = this.#isReady.promise;
    this.ended = Promise.all([this.#child.status, output.forward(this.#child.stdout)]).then(
      async ([status]) => {
        // What it said last may not have been read when its end is known.
        await this.#channel?.closed;
        this.#over = true;
        this.#isReady.reject(new Error(`worker ${this.number} ended with code ${status.code}`));
        this.#channel?.close();
        return status;
      },
    );
    // Whoever does not wait for it to be ready has `ended`.
    this.ready.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** What can be asked of it; null before it has joined and after its end. */
  get channel(): WorkerChannel | null {
    return this.#over ? null : this.#channel;
  }

  /** What it has counted, as far as is known. */
  get last(): Snapshot {
    return this.#last;
  }

  counted(snapshot: Snapshot): void {
    if (!this.#isLast) this.#last = snapshot;
  }

  /** An answer from before, which is read after this, must not take its place. */
  countedLast(snapshot: Snapshot): void {
    this.#last = snapshot;
    this.#isLast = true;
  }

  joined(channel: WorkerChannel): void {
    this.#channel = channel;
  }

  serves(ready: Ready, now: number): void {
    this.readyAt = now;
    this.heardAt = now;
    this.#isReady.resolve(ready);
  }

  /** Learns what it has counted. Never rejects. @param now tells the time. */
  refresh(now: () => number): Promise<void> {
    const channel = this.channel;
    if (channel === null) return Promise.resolve();
    return this.#refreshing ??= channel.ask("snapshot", null, SNAPSHOT_MS).then(
      (snapshot) => {
        this.counted(snapshot);
        this.heardAt = now();
      },
      () => {},
    ).finally(() => this.#refreshing = null);
  }

  /** @param replaced another has taken its place: nobody has to be told before it stops accepting. */
  drain(replaced: boolean): void {
    this.draining = true;
    if (this.channel === null) return this.kill("SIGTERM");
    this.channel.tell("drain", { replaced });
  }

  kill(signal: Deno.Signal): void {
    if (this.#over) return;
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended in the meantime.
    }
  }

  async #greet(hello: Hello): Promise<void> {
    try {
      const writer = this.#child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(`${JSON.stringify(hello)}\n`));
      // It stays open: its end would say that the supervisor is gone.
    } catch {
      // It has ended already.
    }
  }
}
