/** A JUnit report as `deno test --junit-path` writes it. */

export type Outcome = "passed" | "failed" | "skipped";

export interface TestCase {
  readonly file: string;
  /** Of a step: `test > step`. */
  readonly name: string;
  /** Of a step 0: they are its test's. */
  readonly seconds: number;
  readonly outcome: Outcome;
}

/** What failed in a file outside of its tests; of that nothing stands in a report. */
export function uncaughtError(file: string): TestCase {
  return { file, name: UNCAUGHT, seconds: 0, outcome: "failed" };
}

const UNCAUGHT = "(uncaught error)";
const TEST_CASE = /<testcase name="([^"]*)" classname="([^"]*)" time="([^"]*)"[^>]*>([\s\S]*?)<\/testcase>/g;

/** Every test and step. Text in the report is escaped, so nothing in it can be taken for a tag. */
export function testCases(report: string): TestCase[] {
  return [...report.matchAll(TEST_CASE)].map(([, name = "", file = "", seconds, body = ""]) => ({
    file: unescape(file),
    name: unescape(name),
    seconds: Number(seconds),
    outcome: /<(failure|error)\b/.test(body) ? "failed" : /<skipped\b/.test(body) ? "skipped" : "passed",
  }));
}

/** How many there are of each outcome. */
export function countOutcomes(cases: readonly TestCase[]): Record<Outcome, number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of cases) counts[outcome]++;
  return counts;
}

/**
 * The outcomes once some tests were run again: of those that were not, what they were before. An error that was not
 * caught was of a whole file, and so whatever that file's tests say now stands in its place.
 */
export function runAgain(before: readonly TestCase[], again: readonly TestCase[]): TestCase[] {
  const key = ({ file, name }: TestCase) => name === UNCAUGHT ? file : `${file}\n${name}`;
  const anew = new Set(again.flatMap((it) => [it.file, key(it)]));
  return [...before.filter((it) => !anew.has(key(it))), ...again];
}

/** The files whose tests took longest together, from the longest on; what loading them took is not in it. */
export function slowestFiles(cases: readonly TestCase[], most: number): { file: string; seconds: number }[] {
  const seconds = new Map<string, number>();
  for (const it of cases) seconds.set(it.file, (seconds.get(it.file) ?? 0) + it.seconds);
  return [...seconds].map(([file, seconds]) => ({ file, seconds }))
    .sort((a, b) => b.seconds - a.seconds).slice(0, most);
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescape(text: string): string {
  return text.replace(/&(\w+);/g, (whole, name) => ENTITIES[name] ?? whole);
}
