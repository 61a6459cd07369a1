import type { SpendDimension, SpendGroup, SpendQuery, SpendSum } from "../../spend_store.ts";

export interface SpendCommands {
  /** @param now Unix milliseconds, as all times. */
  add(group: SpendGroup, now: number): void;
  sum(query: SpendQuery, by: readonly SpendDimension[]): readonly SpendSum[];
  first(name: string, now: number): boolean;
  prune(before: string, olderThan: number): void;
  probe(): void;
}
