/** The targets of the gateway with logs, metrics and 10 % of the traces, and what was reached. */
import type { Figures } from "./figures.ts";

interface Target {
  readonly title: string;
  readonly limit: number;
  readonly digits: number;
  readonly reached: (figures: Figures) => number | undefined;
}

const SUBJECT = "gateway-10";

const TARGETS: readonly Target[] = [
  {
    title: "CPU per request, × F (c = 32)",
    limit: 1,
    digits: 2,
    reached: (it) => http(it, 32)?.cpuToF?.median,
  },
  {
    title: "CPU per request, × U (c = 32)",
    limit: 1.35,
    digits: 2,
    reached: (it) => http(it, 32)?.cpuToU?.median,
  },
  { title: "p50 at c = 1, × U", limit: 1.15, digits: 2, reached: (it) => http(it, 1)?.p50ToU?.median },
  {
    title: "CPU per paced chunk, × unobserved pass-through of fetch",
    limit: 1.6,
    digits: 2,
    reached: (it) => it.streams.find((row) => row.key === SUBJECT)?.cpuToF?.median,
  },
  { title: "RSS after 100,000 requests, MB", limit: 150, digits: 0, reached: (it) => it.memory[SUBJECT] },
  { title: "first answer after start, ms", limit: 250, digits: 0, reached: (it) => it.start?.median },
];

function http(figures: Figures, connections: number) {
  return figures.http.find((row) => row.key === SUBJECT && row.connections === connections);
}

/** Rows of a table: target, limit, reached, verdict. */
export function targetRows(figures: Figures): string[][] {
  return TARGETS.map(({ title, limit, digits, reached }) => {
    const value = reached(figures);
    if (value === undefined) return [title, `≤ ${limit}`, "–", "not measured"];
    return [title, `≤ ${limit}`, value.toFixed(digits), value <= limit ? "reached" : "missed"];
  });
}
