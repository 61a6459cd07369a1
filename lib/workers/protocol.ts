import type { Snapshot } from "../telemetry/metrics/snapshot.ts";

/** The first line of a worker's standard input; the end of that input is the end of its supervisor. */
export interface Hello {
  /** From 1. One that takes another's place has its number. */
  readonly number: number;
  readonly workers: number;
  /** Where the supervisor listens, on the loopback address. */
  readonly supervisor: number;
  /** Proves that it is the worker. */
  readonly token: string;
  /** The configuration's text. */
  readonly text: string;
  /** Where all of them listen. */
  readonly port: number;
  /** Of metrics, where they have an address of their own. */
  readonly metricsPort: number | null;
  /** Whether it says what concerns all of them. */
  readonly speaks: boolean;
  /** Whether a person reads standard output. */
  readonly terminal: boolean;
}

/** What became of reading a configuration anew. */
export type ReloadAnswer =
  | { readonly ok: true; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What administrators can be shown of one process. */
export type AdminQuestion =
  | { readonly about: "telemetry" | "process" | "limits" }
  | { readonly about: "requests"; readonly limit: number }
  /** Something of its store of requests: one of the methods by which that is asked. */
  | { readonly about: "kept"; readonly method: string; readonly args: readonly unknown[] };

/** An answer of one worker. */
export interface WorkerAnswer {
  readonly worker: number;
  /** Null: it did not answer in time. */
  readonly answer: unknown;
}

/** What a supervisor asks of a worker. */
export interface WorkerMethods {
  /** What it has counted. */
  snapshot(body: null): Snapshot;
  /** Makes a configuration ready. @returns what is wrong with it. */
  prepare(text: string): readonly string[] | Promise<readonly string[]>;
  /** Serves by what was prepared. */
  commit(body: null): null;
  /** Forgets what was prepared. */
  abort(body: null): Promise<null>;
  /** Ends as SIGTERM does; another may have taken its place already. */
  drain(how: { readonly replaced: boolean }): null;
  /** Whether workers die again and again. */
  health(state: { readonly crashLoop: boolean }): null;
  reopenLog(body: null): null;
  show(question: AdminQuestion): unknown;
}

/** What a worker asks of its supervisor. */
export interface SupervisorMethods {
  /** The first that it says. */
  join(token: string): null;
  /** It serves. */
  ready(body: { readonly url: string; readonly models: number }): null;
  /** What it has counted, for what all have counted together. */
  gather(own: Snapshot): Promise<Snapshot>;
  /** The last that it has counted; nothing that was asked before counts after it. */
  ended(own: Snapshot): null;
  /** It has had more memory in use than it may for too long. */
  grown(bytes: number): null;
  reload(body: null): Promise<ReloadAnswer>;
  /** What all of them have to show. */
  showAll(question: AdminQuestion): Promise<readonly WorkerAnswer[]>;
}
