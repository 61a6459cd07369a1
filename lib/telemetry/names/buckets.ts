/** Upper bounds of the histograms' buckets; the last, `+Inf`, is implied. */

function geometric(first: number, factor: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => Number((first * factor ** n).toPrecision(12)));
}

/** Seconds. The HTTP conventions' bounds, continued, since a model's answer takes longer than a page. */
export const HTTP_DURATION = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.075,
  0.1,
  0.25,
  0.5,
  0.75,
  1,
  2.5,
  5,
  7.5,
  10,
  20,
  40,
  82,
] as const;

/** Seconds: 0.01 to 81.92, doubling. */
export const GEN_AI_DURATION = geometric(0.01, 2, 14);

/** Tokens: 1 to 67,108,864, fourfold. */
export const TOKENS = geometric(1, 4, 14);

/** Seconds to the first token or chunk. */
export const TIME_TO_FIRST = [
  0.001,
  0.005,
  0.01,
  0.02,
  0.04,
  0.06,
  0.08,
  0.1,
  0.25,
  0.5,
  0.75,
  1,
  2.5,
  5,
  7.5,
  10,
] as const;

/** Seconds an output token or chunk. */
export const TIME_PER_OUTPUT = [
  0.01,
  0.025,
  0.05,
  0.075,
  0.1,
  0.15,
  0.2,
  0.3,
  0.4,
  0.5,
  0.75,
  1,
  2.5,
] as const;

/** Seconds: 10 µs to 1 s, for what the gateway itself does. */
export const PHASES = [
  0.00001,
  0.000025,
  0.00005,
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
] as const;

/** Bytes: 256 to 16 MiB, fourfold. */
export const SIZES = geometric(256, 4, 9);
