/** How long and how often. */
export interface Settings {
  /** Rounds of each pair, by the number of connections. */
  readonly rounds: Readonly<Record<number, number>>;
  readonly roundSeconds: number;
  /** Load before the first round, so that the compilers have done their work. */
  readonly warmUpSeconds: number;
  readonly streamRounds: number;
  readonly starts: number;
  readonly requestsForMemory: number;
}

export const FULL: Settings = {
  rounds: { 1: 15, 32: 15 },
  roundSeconds: 2,
  warmUpSeconds: 4,
  streamRounds: 10,
  starts: 20,
  requestsForMemory: 100_000,
};

/** About two minutes: enough to see a large change, not to claim a small one. */
export const QUICK: Settings = {
  rounds: { 1: 3, 32: 4 },
  roundSeconds: 1,
  warmUpSeconds: 3,
  streamRounds: 3,
  starts: 5,
  requestsForMemory: 100_000,
};
