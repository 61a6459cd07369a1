/** What the process and the worker of a database tell each other. */

/** One command of a store: its name and its arguments. */
export type Command = readonly [name: string, ...args: readonly unknown[]];

export interface OpenMessage {
  readonly type: "open";
  /** Which database it is: a row of `databases.ts`. */
  readonly database: string;
  /** Absolute. */
  readonly path: string;
  readonly synchronous: "normal" | "full";
  /** Milliseconds that a command may wait for another process. */
  readonly patience: number;
  /** What the store's commands are made with. */
  readonly options: unknown;
}

export type Request =
  | OpenMessage
  | { readonly type: "run"; readonly commands: readonly Command[] }
  | { readonly type: "close" };

/** What became of one command; one that wrote is in the file. */
export type Outcome =
  | { readonly value: unknown }
  /** `refused`: for what was asked, not for how the database is. */
  | { readonly failure: string; readonly refused: boolean };

export type Answer =
  | { readonly type: "opened" }
  /** It cannot be opened; `reason` is for people. */
  | { readonly type: "refused"; readonly reason: string }
  /** Of the oldest commands that are not answered yet, in their order. */
  | { readonly type: "done"; readonly outcomes: readonly Outcome[] }
  | { readonly type: "closed" };
