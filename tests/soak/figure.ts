/** One thing that a scenario measured, and what was asked of it. */
export interface Figure {
  readonly name: string;
  /** For people, such as `≤ 100 ms`; empty where it is told for its own sake. */
  readonly target: string;
  readonly reached: string;
  readonly ok: boolean;
}

/** What a figure has to be. */
export interface Target {
  readonly words: string;
  readonly holds: (value: number) => boolean;
}

export function exactly(value: number): Target {
  return { words: readable(value), holds: (reached) => reached === value };
}

export function atMost(most: number, unit = ""): Target {
  return { words: `≤ ${readable(most)}${suffix(unit)}`, holds: (reached) => reached <= most };
}

export function atLeast(least: number, unit = ""): Target {
  return { words: `≥ ${readable(least)}${suffix(unit)}`, holds: (reached) => reached >= least };
}

/** @param target null: it is told for its own sake. A value that is no number meets no target. */
export function figure(name: string, value: number, unit: string, target: Target | null): Figure {
  return {
    name,
    target: target?.words ?? "",
    reached: `${readable(value)}${suffix(unit)}`,
    ok: target === null || target.holds(value),
  };
}

function suffix(unit: string): string {
  return unit === "" || unit === "%" ? unit : ` ${unit}`;
}

/** Three digits that count, thousands apart. */
function readable(value: number): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
