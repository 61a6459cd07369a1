/** The figures as a page: printed, and kept as docs/benchmarks/latest.md. */
import type { Figures } from "./figures.ts";
import { CHUNKS, PACE_MS, STREAMS } from "./stream_rounds.ts";
import { ratio, table, withInterval } from "./table.ts";
import { targetRows } from "./targets.ts";
import { type VariantKey, VARIANTS } from "./variants.ts";

/** What variants are called where streams pass. */
const STREAM_TITLES: Readonly<Partial<Record<VariantKey, string>>> = {
  direct: "direct (the upstream itself)",
  f: "fetch's body, unobserved (F)",
};

export function report(figures: Figures): string {
  const sections = [
    `# Benchmark\n\nCommit ${figures.commit}, ${figures.date}; ${figures.machine}; gateway: ${figures.gateway}` +
    `${figures.quick ? "; a quick run, whose intervals are wide" : ""}.\n`,
    `Two variants are loaded at the same time, in short rounds of changing order, so figures are those of a ` +
    `machine that is shared by two and only ratios should be compared. Each figure is a median with its 95 % ` +
    `bootstrap interval; a ratio is taken within each round. ` +
    `"≈": lies within what two runs of the same program (A/A control) differ by, so nothing is claimed.\n`,
  ];
  if (figures.http.length > 0) sections.push("## Requests\n", ...httpTables(figures));
  if (figures.streams.length > 0) sections.push("## Streams\n", streamTable(figures));
  if (Object.keys(figures.memory).length > 0 || figures.start !== null) {
    sections.push("## Process\n", processTable(figures));
  }
  sections.push("## Targets (gateway with logs, metrics, 10 % traces)\n");
  sections.push(table(["target", "limit", "reached", ""], targetRows(figures)));
  return sections.join("\n");
}

function httpTables(figures: Figures): string[] {
  return [1, 32].map((connections) => {
    const rows = figures.http.filter((row) => row.connections === connections);
    const text = table(
      [
        "variant",
        "requests/s",
        "p50 µs",
        "p99 µs",
        "CPU µs/request",
        "CPU × F",
        "p50 × F",
        "CPU × U",
        "p50 × U",
        "RSS MB",
      ],
      rows.map((row) => [
        title(row.key),
        withInterval(row.requestsPerSecond, 0),
        withInterval(row.p50, 0),
        withInterval(row.p99, 0),
        withInterval(row.cpu, 1),
        ratio(row.cpuToF),
        ratio(row.p50ToF),
        ratio(row.cpuToU),
        ratio(row.p50ToU),
        withInterval(row.rss, 0),
      ]),
    );
    return `${connections} connection${connections === 1 ? "" : "s"}:\n\n${text}`;
  });
}

function streamTable(figures: Figures): string {
  const direct = figures.streams.find((row) => row.key === "direct");
  const added = (value: number, base: number | undefined) =>
    base === undefined ? "–" : (value - base).toFixed(2);
  return `${STREAMS} streams of ${CHUNKS} chunks, one each ${PACE_MS} ms. Added times: medians less those of the direct way.\n\n` +
    table(
      ["variant", "CPU µs/chunk", "CPU × F", "added to first chunk ms", "added to each chunk ms", "RSS MB"],
      figures.streams.map((row) => [
        STREAM_TITLES[row.key] ?? title(row.key),
        // The direct way's process is the upstream itself.
        row.key === "direct" ? "–" : withInterval(row.cpu, 1),
        ratio(row.key === "direct" ? null : row.cpuToF),
        added(row.firstChunk.median, direct?.firstChunk.median),
        added(row.chunk.median, direct?.chunk.median),
        row.key === "direct" ? "–" : withInterval(row.rss, 0),
      ]),
    );
}

function processTable(figures: Figures): string {
  const memory = Object.entries(figures.memory).map(([key, value]) => [
    `RSS after 100,000 requests, MB: ${title(key as VariantKey)}`,
    value.toFixed(0),
  ]);
  const start = ["start to first answer, ms: gateway", withInterval(figures.start, 0)];
  return table(["", "figure"], figures.start === null ? memory : [...memory, start]);
}

function title(key: VariantKey): string {
  return VARIANTS[key].title;
}
