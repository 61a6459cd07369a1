/** What spend can be told by, in the order in which rows have it. */
export const SPEND_DIMENSIONS = [
  "day",
  "key",
  "team",
  "user",
  "model",
  "requested_model",
  "provider",
] as const;

export type SpendDimension = (typeof SPEND_DIMENSIONS)[number];

/** Whose and when: `day` is `YYYY-MM-DD`, UTC, on which the request came; what is not known is empty. */
export type SpendPlace = Readonly<Record<SpendDimension, string>>;

/** Figures of requests, their tokens and their cost. */
export interface SpendFigures {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Billionths of a US dollar: sums are exact. */
  readonly nanoUsd: number;
}

export const SPEND_FIGURES = [
  "requests",
  "inputTokens",
  "outputTokens",
  "nanoUsd",
] as const satisfies readonly (
  keyof SpendFigures
)[];

export interface SpendRow extends SpendFigures {
  readonly place: SpendPlace;
}

/** Rows that are added together, all or none, and once though they are sent twice. */
export interface SpendGroup {
  readonly id: string;
  readonly rows: readonly SpendRow[];
}

export interface SpendQuery {
  /** Days, both included. */
  readonly since: string;
  readonly until: string;
  /** Only what is exactly of these. */
  readonly where: Readonly<Partial<Record<SpendDimension, string>>>;
}

/** What was spent by those that have these values in common. */
export interface SpendSum extends SpendFigures {
  /** In the order that was asked for. */
  readonly values: readonly string[];
}

/** More sums than anybody reads are not told. */
export const MAX_SUMS = 10_000;

/** Requests, tokens and money by day, key, team, user, model and provider. */
export interface SpendStore {
  readonly backend: string;
  /** @throws where it cannot be known whether they are kept; they may be sent again. */
  add(group: SpendGroup): Promise<void>;
  /** What was spent, at most {@linkcode MAX_SUMS} sums, the most money first; one where nothing is told apart. */
  sum(query: SpendQuery, by: readonly SpendDimension[]): Promise<SpendSum[]>;
  /** Whether this is the first time, of whichever process, that somebody asks with this name. */
  first(name: string): Promise<boolean>;
  /** Forgets the days before this one. */
  prune(before: string): Promise<void>;
  close(): void | Promise<void>;
}
