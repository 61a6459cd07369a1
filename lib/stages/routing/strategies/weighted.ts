import type { Strategy } from "../strategy.ts";

/** At random, by shares. */
export function weightedStrategy(
  split: Readonly<Record<string, number>>,
  random: () => number,
): Strategy {
  return {
    name: "weighted",
    model: null,
    choose({ candidates }) {
      const shares = candidates.flatMap(({ entry: { name } }): [string, number][] => {
        const share = Object.hasOwn(split, name) ? split[name] ?? 0 : 0;
        return share > 0 ? [[name, share]] : [];
      });
      const total = shares.reduce((sum, [, share]) => sum + share, 0);
      let draw = random() * total;
      const [model, share] = shares.find(([, share]) => (draw -= share) < 0) ?? shares.at(-1) ?? [];
      if (model === undefined || share === undefined) return null;
      return { model, reason: `share of ${Math.round((100 * share) / total)} %` };
    },
  };
}
