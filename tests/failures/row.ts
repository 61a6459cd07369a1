/** What the table of failures is made of: what goes wrong, what holds then, and which test would notice if it did not. */

/** One row: something goes wrong. */
export interface FailureRow {
  readonly when: string;
  readonly then: readonly Clause[];
}

/** One thing that holds then. */
export interface Clause {
  readonly says: string;
  readonly proofs: readonly Proof[];
  /** What of it no test shows, and why. */
  readonly but?: string;
}

/** A test, and a defence without which it fails. */
export interface Proof {
  readonly test: TestName;
  /** Null: `unless` says what stands in a defence's place. */
  readonly without: Mutation | null;
  /** Why there is no line of ours to take away. */
  readonly unless?: string;
}

export interface TestName {
  /** Path from the root of the repository. */
  readonly file: string;
  /** As the runner reports it, without a step's name. */
  readonly name: string;
}

/** One place of the sources, changed so that the defence is gone. */
export interface Mutation {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly text: string;
  readonly becomes: string;
}

/** A test that fails once `text` in `file` has become something else. */
export function proof(
  test: readonly [file: string, name: string],
  without: readonly [string, string, string],
): Proof {
  const [file, name] = test;
  const [source, text, becomes] = without;
  return { test: { file, name }, without: { file: source, text, becomes } };
}

/** A test of what is not ours to take away: the runtime's doing, say. */
export function proofOnly(test: readonly [file: string, name: string], unless: string): Proof {
  const [file, name] = test;
  return { test: { file, name }, without: null, unless };
}
