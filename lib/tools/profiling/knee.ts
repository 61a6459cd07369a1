import type { Level } from "./throughput.ts";

/** A level that reaches this share of the best throughput is as good as it. */
const AS_GOOD = 0.9;
/** A level that brings at least so much more than the best before it grew. */
const GREW = 1.05;
/** Levels without growth after which no more is tried. */
const PATIENCE = 2;
/** With more failures it is no throughput. */
const MOST_ERRORS = 0.1;

/** The least that may be asked at a time to have the most that there is. */
export interface Knee {
  readonly level: Level;
  /** Whether twice as much was tried and brought no more; else the knee may lie higher. */
  readonly reached: boolean;
  /** The least level at which requests failed; null: none did. */
  readonly failsFrom: number | null;
}

/** The knee of what was measured. @param levels by concurrency. */
export function kneeOf(levels: readonly Level[]): Knee | null {
  const best = Math.max(...levels.map(({ rps }) => rps), 0);
  if (best === 0) return null;
  const level = levels.find(({ rps }) => rps >= best * AS_GOOD);
  if (level === undefined) return null;
  const highest = levels[levels.length - 1]?.concurrency ?? 0;
  return {
    level,
    reached: highest >= level.concurrency * 2,
    failsFrom: levels.find(({ errors }) => errors > 0)?.concurrency ?? null,
  };
}

/**
 * What to try next: twice as much until that brings no more, then the middle between the knee and the level below
 * it, until they are neighbours. Null: nothing.
 */
export function nextLevel(levels: readonly Level[], most: number): number | null {
  const highest = levels[levels.length - 1];
  if (highest === undefined) return 1;
  if (!isOver(levels) && highest.concurrency < most) return Math.min(most, highest.concurrency * 2);
  const knee = kneeOf(levels);
  if (knee === null) return null;
  const place = levels.indexOf(knee.level);
  const below = levels[place - 1]?.concurrency ?? 0;
  const middle = Math.floor((below + knee.level.concurrency) / 2);
  // Between large levels neighbours differ by less than can be measured.
  const near = Math.max(1, Math.floor(knee.level.concurrency / 16));
  return knee.level.concurrency - below <= near || middle === 0 ? null : middle;
}

/** Whether more at a time brings no more, or fails. */
function isOver(levels: readonly Level[]): boolean {
  const last = levels[levels.length - 1];
  if (last !== undefined && last.requests > 0 && last.errors / last.requests > MOST_ERRORS) return true;
  let best = 0;
  let without = 0;
  for (const { rps } of levels) {
    without = rps > best * GREW ? 0 : without + 1;
    best = Math.max(best, rps);
  }
  return without >= PATIENCE;
}

/** What to do about it, for people. */
export function recommendation(knee: Knee | null, levels: readonly Level[]): string {
  if (knee === null) return "No request succeeded: nothing can be recommended.";
  const { level, reached, failsFrom } = knee;
  const ms = (value: number | null) => value === null ? "–" : `${value.toFixed(0)} ms`;
  const first = `${level.concurrency} at a time: ${level.rps.toFixed(1)} requests/s at a P95 of ${
    ms(level.p95)
  }.`;
  const double = levels.find(({ concurrency }) => concurrency >= level.concurrency * 2);
  const more = !reached
    ? " More was not tried: throughput still grew there (--max-concurrency)."
    : double === undefined || double.p95 === null || level.p95 === null
    ? ""
    : ` At ${double.concurrency} the P95 is ${(double.p95 / level.p95).toFixed(1)} times that for ${
      double.rps.toFixed(1)
    } requests/s.`;
  const fails = failsFrom === null ? "" : ` From ${failsFrom} on requests fail.`;
  return first + more + fails;
}
