import type { Moment } from "./timeline.ts";

/** How a figure changed over a run, as a straight line through it has it. */
export interface Growth {
  /** Change an hour, in the figure's unit, with its 95 % interval. */
  readonly per_hour: number;
  readonly low: number;
  readonly high: number;
  /** What the line says of the time that was looked at, as a share of its beginning. */
  readonly share: number;
  /** The same of the interval's lower end: at least so much it grew. */
  readonly least_share: number;
}

/** What happens while caches fill and code is compiled is no leak: so much of a run is not looked at. */
const WARM_UP = 0.2;
/** Values of neighbouring seconds depend on each other, means of longer times hardly do. */
const BATCHES = 20;
/** Student's t for 95 %, two-sided, BATCHES - 2 degrees of freedom. */
const T_95 = 2.101;
/** Fewer moments say nothing, and no less time: the heap of a server that has just started fills for minutes. */
const MIN_MOMENTS = BATCHES;
const MIN_SECONDS = 300;

/**
 * The slope of a figure over the run, by least squares through the means of twenty equal parts of it; null where
 * there is too little of it. Of an interval that holds 0 nobody knows whether anything grew.
 */
export function growthOf(
  moments: readonly Moment[],
  figure: (moment: Moment) => number | null,
): Growth | null {
  const end = moments.at(-1)?.at ?? 0;
  const points = moments.flatMap((moment) => {
    const y = figure(moment);
    return y === null || moment.at <= end * WARM_UP ? [] : [{ x: moment.at - moment.seconds / 2, y }];
  });
  if (points.length < MIN_MOMENTS || end * (1 - WARM_UP) < MIN_SECONDS) return null;
  const batches = Array.from({ length: BATCHES }, (_, index) => {
    const from = Math.floor(points.length * index / BATCHES);
    const part = points.slice(from, Math.floor(points.length * (index + 1) / BATCHES));
    return { x: mean(part.map(({ x }) => x)), y: mean(part.map(({ y }) => y)) };
  });
  const { slope, intercept, error } = line(batches);
  const [first, last] = [batches[0]?.x ?? 0, batches.at(-1)?.x ?? 0];
  const start = intercept + slope * first;
  const share = (perSecond: number) => start > 0 ? perSecond * (last - first) / start : 0;
  const margin = T_95 * error;
  return {
    per_hour: slope * 3600,
    low: (slope - margin) * 3600,
    high: (slope + margin) * 3600,
    share: share(slope),
    least_share: share(slope - margin),
  };
}

/** Ordinary least squares, with the standard error of the slope. */
function line(points: readonly { readonly x: number; readonly y: number }[]) {
  const x0 = mean(points.map(({ x }) => x));
  const y0 = mean(points.map(({ y }) => y));
  const xx = sum(points.map(({ x }) => (x - x0) ** 2));
  const slope = sum(points.map(({ x, y }) => (x - x0) * (y - y0))) / xx;
  const intercept = y0 - slope * x0;
  const residuals = sum(points.map(({ x, y }) => (y - intercept - slope * x) ** 2));
  return { slope, intercept, error: Math.sqrt(residuals / (points.length - 2) / xx) };
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
