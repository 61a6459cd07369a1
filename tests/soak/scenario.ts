import type { Tool } from "../requires.ts";
import type { Figure, Target } from "./figure.ts";

/** A row of docs/reliability.md: a load, and the figures that the gateway has to reach under it. */
export interface Scenario {
  /** As the command line and the files of results know it. */
  readonly name: string;
  /** What is done to the gateway, in a line. */
  readonly what: string;
  /** The most that it may take, seconds, its start and its end included. */
  readonly seconds: { readonly long: number; readonly short: number };
  /** Whether another load on the same processors would change what it measures: then it runs alone. */
  readonly alone: boolean;
  /** Programs without which it is skipped. */
  readonly requires?: readonly Tool[];
  run(soak: Soak): Promise<void>;
}

/** What a scenario is given, and where its figures go. */
export interface Soak {
  /**
   * Seconds instead of minutes, for CI and for whoever changes a scenario: with the same targets, but for times and
   * rates that a few seconds beside other loads cannot tell.
   */
  readonly short: boolean;
  /** A short value or a long one. */
  pick<T>(values: { readonly long: T; readonly short: T }): T;
  /** In [0, 1), the same in every run with the same seed. */
  readonly random: () => number;
  /** A directory of its own, which is gone afterwards. */
  readonly folder: string;
  /** Closed at the end, the last one first, also where the scenario fails or takes too long. */
  use<T extends AsyncDisposable | Disposable>(resource: T): T;
  /** @param target null: it is told for its own sake. */
  figure(name: string, value: number, unit: string, target: Target | null): void;
  /** Says what is under way. */
  note(text: string): void;
}

export interface Outcome {
  readonly figures: readonly Figure[];
  /** Why it did not come to its end; null: it did. */
  readonly failure: string | null;
  /** What it needs and is not there; it was skipped for that. */
  readonly absent: Tool | null;
  readonly seconds: number;
}
