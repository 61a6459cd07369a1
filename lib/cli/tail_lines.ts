import { count, dollars, duration, percent } from "../tools/format.ts";
import type { LogEntry } from "../tools/logs/log_entry.ts";
import type { StatisticsNow } from "../tools/logs/recent_statistics.ts";
import type { Painter } from "./colour.ts";

/** A request that ended, or what else a log says, on a line; a failure has a second one. */
export function entryLines(entry: LogEntry, slowMs: number, paint: Painter): string[] {
  const time = paint(
    "dim",
    Number.isFinite(entry.time) ? new Date(entry.time).toISOString().slice(11, 23) : "–".padEnd(12),
  );
  if (!entry.closes) {
    const colour = entry.failed || entry.error !== "" ? "red" : "yellow";
    return [`${time}  ${paint(colour, `${entry.level} ${entry.message}`)}`];
  }
  const cancelled = entry.event === "request.cancelled";
  const status = String(entry.status || "–").padStart(3);
  const took = duration(entry.durationMs).padStart(8);
  const tokens = entry.inputTokens >= 0 || entry.outputTokens >= 0
    ? `${count(entry.inputTokens)} → ${count(entry.outputTokens)} tokens`
    : "";
  const cells = [
    time,
    entry.failed ? paint("red", status) : cancelled ? paint("yellow", status) : paint("green", status),
    entry.durationMs > slowMs ? paint("yellow", took) : took,
    paint("dim", entry.ttfbMs >= 0 ? `first ${duration(entry.ttfbMs)}`.padEnd(14) : " ".repeat(14)),
    paint("bold", (entry.model || entry.path || "–").padEnd(24)),
    tokens.padEnd(24),
    entry.costUsd > 0 ? dollars(entry.costUsd).padEnd(9) : " ".repeat(9),
    paint("dim", entry.requestId),
  ];
  const problem = entry.failed
    ? [`${" ".repeat(14)}${paint("red", `${entry.errorType}: ${entry.error}`)}`]
    : [];
  return [cells.join("  ").trimEnd(), ...problem];
}

/** What the last minute was like. */
export function statisticsLine(now: StatisticsNow): string {
  const errors = now.requests === 0 ? 0 : now.errors / now.requests;
  return `last minute: ${count(now.perSecond, 1)} requests/s, ${percent(errors)} errors, P50 ${
    duration(now.p50)
  }, ` +
    `P95 ${duration(now.p95)}, ${count(now.tokensPerSecond)} tokens/s; in all ${
      count(now.total)
    } requests, ` +
    `${count(now.totalErrors)} errors`;
}
