/** What a test run came to. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts the test cases (steps among them) of a JUnit report as `deno test --junit-path` writes it. An escaped
 * `<` cannot be taken for a tag, so three patterns are enough.
 */
export function countTests(report: string): Counts {
  const count = (tag: RegExp) => report.match(tag)?.length ?? 0;
  const failed = count(/<(failure|error)\b/g);
  const skipped = count(/<skipped\b/g);
  return { passed: count(/<testcase\b/g) - failed - skipped, failed, skipped };
}
