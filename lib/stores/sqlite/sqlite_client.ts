import type { Clock } from "../../clock.ts";
import { Refusal } from "../refusal.ts";
import { CommandHealth } from "./command_health.ts";
import { CommandQueue, type Pending } from "../command_queue.ts";
import type { Answer, OpenMessage, Outcome, Request } from "./messages.ts";
import { SqliteOpenError } from "./sqlite_open_error.ts";

/** What a database can do: the commands of its row in `databases.ts`. */
// deno-lint-ignore no-explicit-any -- any arguments: the constraint of a type parameter
export type Commands<C> = { readonly [K in keyof C]: (...args: any[]) => unknown };

export interface SqliteClientOptions {
  /** A row of `databases.ts`. */
  readonly database: string;
  /** Absolute. */
  readonly path: string;
  /** `full` waits for the disk at each commit; `normal` leaves that to the system. */
  readonly synchronous: "normal" | "full";
  /** Milliseconds that a command may wait before it is sent, and then for another process's lock. */
  readonly timeout: number;
  readonly clock: Clock;
  /** What the database's commands are made with. */
  readonly options: unknown;
  /** Called when the database begins to fail, with why, and with null when it works again. */
  readonly onHealth?: ((failure: string | null) => void) | undefined;
  /** Commands that may wait at a time; default 1,000. */
  readonly maxQueue?: number | undefined;
  /** The text that they may hold together; default 64 Mi characters. */
  readonly maxQueueCharacters?: number | undefined;
  /** For tests; default the worker beside this file. */
  readonly startWorker?: (() => Worker) | undefined;
}

/** What one message holds at most: as much as a transaction. */
const MAX_BATCH = 50;
const MAX_QUEUE = 1_000;
const MAX_QUEUE_CHARACTERS = 64 * 1024 * 1024;
/** Between two workers that failed, milliseconds. */
const RESTART_AFTER = 1_000;

/**
 * The process's side of a database on disk: sends commands to a worker of its own. One message is under way at a
 * time and what comes meanwhile goes with the next, so that under load many commands share a message and a
 * transaction, and a single one waits for nobody. A worker that fails is replaced.
 */
export class SqliteClient<C extends Commands<C>> {
  readonly #options: SqliteClientOptions;
  readonly #waiting: CommandQueue;
  readonly #health: CommandHealth;
  #worker: Worker | null = null;
  #opening: PromiseWithResolvers<void> | null = null;
  #closing: PromiseWithResolvers<void> | null = null;
  /** Sent and not yet answered, oldest first. */
  #sent: Pending[] = [];
  #flushing = false;
  /** When the last worker did. */
  #failedAt = -Infinity;

  private constructor(options: SqliteClientOptions) {
    this.#options = options;
    const { maxQueue = MAX_QUEUE, maxQueueCharacters = MAX_QUEUE_CHARACTERS } = options;
    this.#waiting = new CommandQueue(maxQueue, maxQueueCharacters);
    this.#health = new CommandHealth(options.onHealth);
  }

  /** @throws {SqliteOpenError} */
  static async open<C extends Commands<C>>(options: SqliteClientOptions): Promise<SqliteClient<C>> {
    const client = new SqliteClient<C>(options);
    await client.#open();
    return client;
  }

  /** Why a command failed that has not succeeded since; null while all is well. */
  get failure(): string | null {
    const [oldest] = this.#sent;
    const { clock, timeout } = this.#options;
    // Twice: once to wait for another process's lock, once to do the work.
    if (oldest !== undefined && clock.now() > oldest.until + 2 * timeout) return "no answer";
    return this.#health.failure;
  }

  /**
   * Resolves with what the command gives, once what it wrote is committed.
   * @throws {Refusal}
   * @throws {Error} SQLite's own, or why it could not be sent.
   */
  run<K extends keyof C & string>(name: K, ...args: Parameters<C[K]>): Promise<ReturnType<C[K]>> {
    if (this.#closing !== null) return Promise.reject(new Error("The database is closed"));
    const { clock, timeout } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (!this.#waiting.add({ command: [name, ...args], until: clock.now() + timeout, resolve, reject })) {
      return Promise.reject(new Error(`${this.#waiting.length} commands wait for the database already`));
    }
    this.#flushSoon();
    return promise as Promise<ReturnType<C[K]>>;
  }

  /** Resolves once what was sent is committed and the file is closed. */
  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing.promise;
    this.#closing = Promise.withResolvers<void>();
    this.#flush();
    return this.#closing.promise;
  }

  /** What is asked for in one turn of the event loop goes together. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#sent.length > 0 || this.#opening !== null) return;
    if (this.#waiting.length === 0) {
      if (this.#closing !== null) this.#shut();
      return;
    }
    if (this.#worker === null) {
      this.#reopen();
      return;
    }
    const now = this.#options.clock.now();
    while (this.#waiting.length > 0 && this.#sent.length === 0) {
      for (const pending of this.#waiting.take(MAX_BATCH)) {
        if (pending.until >= now) this.#sent.push(pending);
        else pending.reject(new Error(`The command waited for over ${this.#options.timeout} ms`));
      }
    }
    if (this.#sent.length === 0) this.#flush();
    else this.#post({ type: "run", commands: this.#sent.map(({ command }) => command) });
  }

  #post(request: Request): void {
    this.#worker?.postMessage(request);
  }

  #open(): Promise<void> {
    const opening = Promise.withResolvers<void>();
    this.#opening = opening;
    const worker = (this.#options.startWorker ?? startWorker)();
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      if (this.#worker === worker) this.#receive(data);
    };
    worker.onerror = (event) => {
      // Or the fault of a worker would end the process.
      event.preventDefault();
      if (this.#worker === worker) this.#end(`The database's worker failed: ${event.message}`);
    };
    const { database, path, synchronous, timeout: patience, options } = this.#options;
    const message: OpenMessage = { type: "open", database, path, synchronous, patience, options };
    worker.postMessage(message);
    return opening.promise.finally(() => {
      if (this.#opening === opening) this.#opening = null;
    });
  }

  /** In place of a worker that failed. */
  #reopen(): void {
    const { clock } = this.#options;
    if (clock.now() - this.#failedAt < RESTART_AFTER) {
      const error = new Error(this.#health.failure ?? "The database's worker failed");
      for (const { reject } of this.#waiting.take(Infinity)) reject(error);
      if (this.#closing !== null) this.#shut();
      return;
    }
    this.#open().then(() => this.#flush(), (error) => {
      this.#end(error instanceof Error ? error.message : String(error));
    });
  }

  #receive(answer: Answer): void {
    if (answer.type === "opened") this.#opening?.resolve();
    else if (answer.type === "refused") {
      this.#terminate();
      this.#opening?.reject(new SqliteOpenError(this.#options.path, answer.reason));
    } else if (answer.type === "done") this.#settle(answer.outcomes);
    else this.#terminate();
  }

  #settle(outcomes: readonly Outcome[]): void {
    const settled = this.#sent.splice(0, outcomes.length);
    for (const [index, pending] of settled.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      if ("failure" in outcome) {
        if (!outcome.refused) this.#health.failed(pending.command[0], outcome.failure);
        pending.reject(outcome.refused ? new Refusal(outcome.failure) : new Error(outcome.failure));
      } else {
        this.#health.succeeded(pending.command[0]);
        pending.resolve(outcome.value);
      }
    }
    this.#flush();
  }

  /** Ends the worker; what it had not answered has failed. */
  #end(reason: string): void {
    const error = new Error(reason);
    this.#failedAt = this.#options.clock.now();
    this.#health.failed("", reason);
    this.#terminate();
    this.#opening?.reject(error);
    for (const { reject } of [...this.#sent.splice(0), ...this.#waiting.take(Infinity)]) reject(error);
  }

  #shut(): void {
    if (this.#worker === null) this.#closing?.resolve();
    else this.#post({ type: "close" });
  }

  #terminate(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#closing?.resolve();
  }
}

function startWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
}
