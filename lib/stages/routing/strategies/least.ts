import { costOfRequest } from "../candidate.ts";
import type { LatencyBoard } from "../latency_board.ts";
import type { RoutingQuestion, Strategy } from "../strategy.ts";

/** The cheapest model, of what nobody knows the price of the last. */
export function costStrategy(): Strategy {
  return {
    name: "cost",
    model: null,
    choose({ candidates, needs }) {
      const model = least(candidates, (candidate) => costOfRequest(candidate, needs), Infinity);
      return model === null ? null : { model, reason: "cheapest that fits" };
    },
  };
}

/** The model that answered soonest of late; one that has not answered yet is tried first. */
export function latencyStrategy(latencies: LatencyBoard): Strategy {
  return {
    name: "latency",
    model: null,
    choose({ candidates }) {
      const model = least(candidates, ({ entry }) => latencies.get(entry.name), 0);
      if (model === null) return null;
      const ms = latencies.get(model);
      return { model, reason: ms >= 0 ? `fastest of late (${Math.round(ms)} ms)` : "not measured yet" };
    },
  };
}

function least(
  candidates: RoutingQuestion["candidates"],
  valueOf: (candidate: RoutingQuestion["candidates"][number]) => number,
  unknown: number,
): string | null {
  let best: string | null = null;
  let lowest = Infinity;
  for (const candidate of candidates) {
    const value = valueOf(candidate);
    const known = value >= 0 ? value : unknown;
    if (best !== null && known >= lowest) continue;
    best = candidate.entry.name;
    lowest = known;
  }
  return best;
}
