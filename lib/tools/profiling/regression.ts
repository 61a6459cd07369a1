import type { Json } from "../json.ts";
import { mannWhitney } from "../statistics.ts";
import { ToolError } from "../tool_error.ts";

/** One figure, before and now. */
export interface Change {
  readonly name: string;
  readonly before: number;
  readonly now: number;
  /** Percent by which it became worse; negative: better. */
  readonly worse: number;
  /** Whether it decides, and is beyond the threshold. */
  readonly regressed: boolean;
  /** The probability that it is chance (Mann–Whitney, of all requests); null: the files do not have them. */
  readonly p: number | null;
}

/** What less is worse of. */
const MORE_IS_BETTER = /tokens_per_second|requests_per_second|success_rate/;
const SHOWN =
  /^(?:p50|p95|p99|mean)_(?:latency|ttfb|first_token|inter_token|overhead)_ms$|^p50_tokens_per_second$|^requests_per_second$|^success_rate$/;

/**
 * Compares two files of the profiling tools (or of others that have the same fields).
 * @param metric which figure decides; null: of throughput the requests a second, since a greater load has a greater
 * latency at its knee, otherwise the P95. @param threshold percent.
 * @throws {ToolError} where they have nothing to compare.
 */
export function compareProfiles(
  baseline: Record<string, Json>,
  current: Record<string, Json>,
  metric: string | null,
  threshold: number,
): Change[] {
  const [before, now] = [baseline.kind, current.kind];
  if (typeof before === "string" && typeof now === "string" && before !== now) {
    throw new ToolError(`one file is of ${before}, the other of ${now}`, 2);
  }
  const decides = metric ?? (before === "throughput" ? "requests_per_second" : "p95_latency_ms");
  const changes = baseline.summary === undefined && Array.isArray(baseline.results)
    ? modelChanges(baseline.results, current.results, threshold)
    : summaryChanges(baseline, current, decides, threshold);
  if (changes.length === 0) throw new ToolError("the two files have no figure in common", 2);
  return changes;
}

function summaryChanges(
  baseline: Record<string, Json>,
  current: Record<string, Json>,
  metric: string,
  threshold: number,
): Change[] {
  const [before, now] = [baseline.summary ?? {}, current.summary ?? {}];
  for (const [file, summary] of [["the baseline", before], ["the current file", now]] as const) {
    if (typeof summary[metric] !== "number") {
      const known = Object.keys(summary).filter((name) => typeof summary[name] === "number");
      throw new ToolError(
        `${file} has no number in .summary.${metric}` +
          (known.length === 0 ? "" : `; it has ${known.join(", ")}`),
        2,
      );
    }
  }
  const p = mannWhitney(latencies(baseline.samples), latencies(current.samples));
  return Object.keys(before).filter((name) => name === metric || SHOWN.test(name)).flatMap((name) =>
    typeof before[name] !== "number" || typeof now[name] !== "number"
      ? []
      : [change(name, before[name], now[name], {
        decides: name === metric || name === "success_rate",
        threshold,
        p: /latency_ms$/.test(name) && Number.isFinite(p) ? p : null,
      })]
  );
}

/** Each model's median, of comparisons. */
function modelChanges(before: Json[], now: unknown, threshold: number): Change[] {
  const current = new Map((Array.isArray(now) ? now : []).map((row) => [row?.model, row]));
  return before.flatMap((row) => {
    const other = current.get(row?.model);
    if (typeof row?.median_latency_ms !== "number" || typeof other?.median_latency_ms !== "number") return [];
    const p = mannWhitney(latencies(row.samples), latencies(other.samples));
    return [change(String(row.model), row.median_latency_ms, other.median_latency_ms, {
      decides: true,
      threshold,
      p: Number.isFinite(p) ? p : null,
    })];
  });
}

function change(
  name: string,
  before: number,
  now: number,
  { decides, threshold, p }: { decides: boolean; threshold: number; p: number | null },
): Change {
  const grown = before === 0 ? (now === 0 ? 0 : Infinity) : (now - before) / before * 100;
  const worse = (MORE_IS_BETTER.test(name) ? -grown : grown) + 0;
  return { name, before, now, worse, regressed: decides && worse > threshold, p };
}

function latencies(samples: unknown): number[] {
  if (!Array.isArray(samples)) return [];
  return samples.flatMap((sample) =>
    sample?.ok !== false && typeof sample?.latency_ms === "number" ? [sample.latency_ms] : []
  );
}
