export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Values in columns of equal width, at most `most` of them. */
export function histogram(values: readonly number[], most = 40): Bin[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const bins = high === low ? 1 : Math.min(most, Math.ceil(Math.sqrt(values.length) * 2));
  const width = (high - low || Math.max(Math.abs(high) * 0.01, 1e-9)) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const place = Math.min(bins - 1, Math.floor((value - low) / width));
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts.map((count, index) => ({ from: low + index * width, to: low + (index + 1) * width, count }));
}
