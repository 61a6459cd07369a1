import type { DatabaseSync } from "node:sqlite";
import { type CommandRow, isBusy } from "./database.ts";
import type { Command, Outcome } from "./messages.ts";
import { Refusal } from "../refusal.ts";

/** What one transaction holds at most, so that nobody waits long for its end. */
const MAX_COMMANDS = 50;
/** Milliseconds after which a transaction ends, whatever it holds. */
const MAX_TIME = 2;

/**
 * Runs commands in their order, those that write in transactions together. `answer` is called with the outcomes
 * of the oldest commands that have none yet, once they are committed.
 *
 * Where a transaction of several fails it is undone, and each of them tried alone: one that cannot be stored
 * (the disk is full, and it is large) takes no other with it.
 */
export class BatchRunner {
  readonly #database: DatabaseSync;
  readonly #commands: Readonly<Record<string, CommandRow>>;
  readonly #patience: number;
  readonly #answer: (outcomes: Outcome[]) => void;
  readonly #now: () => number;

  /** @param patience milliseconds that a lock of another process is waited for. */
  constructor(
    database: DatabaseSync,
    commands: Readonly<Record<string, CommandRow>>,
    patience: number,
    answer: (outcomes: Outcome[]) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#database = database;
    this.#commands = commands;
    this.#patience = patience;
    this.#answer = answer;
    this.#now = now;
  }

  run(batch: readonly Command[]): void {
    for (let at = 0; at < batch.length;) {
      const length = this.#lengthOfRun(batch, at);
      const writes = batch.slice(at, at + length).some((command) => this.#row(command)?.mode === "write");
      if (writes) this.#inTransactions(batch.slice(at, at + length));
      else this.#answer(batch.slice(at, at + length).map((command) => this.#attempt(command)));
      at += length;
    }
  }

  /** Those from `start` on that may share a transaction; one with its own is alone. */
  #lengthOfRun(batch: readonly Command[], start: number): number {
    const next = batch.findIndex((command, index) => index >= start && this.#row(command)?.mode === "own");
    return next === -1 ? batch.length - start : Math.max(1, next - start);
  }

  #inTransactions(batch: readonly Command[]): void {
    for (let at = 0; at < batch.length;) {
      const outcomes = this.#transaction(batch.slice(at, at + MAX_COMMANDS));
      this.#answer(outcomes);
      at += outcomes.length;
    }
  }

  /** @returns the outcomes of as many as it took, of at least one. */
  #transaction(batch: readonly Command[]): Outcome[] {
    const outcomes: Outcome[] = [];
    try {
      this.#begin();
      const end = this.#now() + MAX_TIME;
      for (const command of batch) {
        outcomes.push({ value: this.#execute(command) });
        if (this.#now() >= end) break;
      }
      this.#database.exec("COMMIT");
      return outcomes;
    } catch (error) {
      this.#undo();
      // The lock was waited for, and is not waited for again; what only reads needs none.
      if (isBusy(error)) return batch.map((command) => this.#without(command, error));
      const tried = batch.slice(0, Math.min(outcomes.length + 1, batch.length));
      return tried.map((command) => this.#alone(command));
    }
  }

  #alone(command: Command): Outcome {
    if (this.#row(command)?.mode !== "write") return this.#attempt(command);
    try {
      this.#begin();
      const value = this.#execute(command);
      this.#database.exec("COMMIT");
      return { value };
    } catch (error) {
      this.#undo();
      return failure(error);
    }
  }

  #without(command: Command, error: unknown): Outcome {
    return this.#row(command)?.mode === "write" ? failure(error) : this.#attempt(command);
  }

  #attempt(command: Command): Outcome {
    try {
      return { value: this.#patiently(() => this.#execute(command)) };
    } catch (error) {
      return failure(error);
    }
  }

  #begin(): void {
    this.#patiently(() => this.#database.exec("BEGIN IMMEDIATE"));
  }

  /** Does it again while another process has the lock, within reason. */
  #patiently<T>(work: () => T): T {
    const end = this.#now() + this.#patience;
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || this.#now() >= end) throw error;
      }
    }
  }

  #execute(command: Command | undefined): unknown {
    const [name, ...args] = command ?? [""];
    const row = this.#commands[name];
    if (row === undefined) throw new Error(`There is no command "${name}"`);
    return row.run(...args);
  }

  #row([name]: Command): CommandRow | undefined {
    return this.#commands[name];
  }

  /** SQLite undoes some failures by itself, and then there is nothing to undo. */
  #undo(): void {
    try {
      this.#database.exec("ROLLBACK");
    } catch {
      // No transaction is open.
    }
  }
}

function failure(error: unknown): Outcome {
  const refused = error instanceof Refusal;
  return { failure: error instanceof Error ? error.message : String(error), refused };
}
