import { parseJson } from "../tools/json.ts";
import { followEvents } from "../tools/logs/follow_events.ts";
import { followFile } from "../tools/logs/follow_file.ts";
import { entryOf, type LogEntry } from "../tools/logs/log_entry.ts";
import { matcher } from "../tools/logs/log_filter.ts";
import { RecentStatistics } from "../tools/logs/recent_statistics.ts";
import { painter } from "./colour.ts";
import { type Command, flagNumber, type Flags, flagValue } from "./command.ts";
import { KEY_FLAG, LOG_FLAGS, logFilter } from "./log_flags.ts";
import { usualLog } from "./log_source.ts";
import { untilStopped } from "./results.ts";
import type { System } from "./system.ts";
import { entryLines, statisticsLine } from "./tail_lines.ts";
import { adminTargetOf, EVENT_FLAGS, JSON_FLAG } from "./target_flags.ts";

const SLOW_MS = 5_000;
const STATISTICS_MS = 10_000;
/** On a terminal the line stands still at the bottom, so it may be anew more often. */
const LIVE_MS = 1_000;

export const tailRequests: Command = {
  name: "tail-requests",
  summary: "Show requests as they end",
  about:
    "Shows each request as it ends, from a log file, whose rotation it follows, or from a gateway's event stream\n" +
    "(which asks for the master key: GATEWAY_MASTER_KEY), and statistics of the last minute on standard error.\n" +
    "Without a file or --url: the configured log, else /var/log/litellm/requests.log, else the event stream.",
  operand: { name: "file", value: "FILE", about: "the log" },
  flags: [
    ...EVENT_FLAGS,
    ...LOG_FLAGS,
    KEY_FLAG,
    { name: "slow", value: null, about: "slow requests alone" },
    { name: "slow-ms", value: "MS", about: `what counts as slow (${SLOW_MS})` },
    { name: "lines", value: "N", about: "so many of those that are there already (10)" },
    { name: "statistics", value: "SECONDS", about: "how often statistics are shown; 0: never (10)" },
    { ...JSON_FLAG, about: "print the lines as they are" },
  ],
  examples: [
    "gateway tail-requests",
    "gateway tail-requests requests.log --level ERROR",
    "gateway tail-requests --url http://localhost:8080 --model gpt-4o-mini --slow",
  ],
  async run(flags, system) {
    const slowMs = flagNumber(flags, "slow-ms", "tail-requests", SLOW_MS, { min: 0 });
    const last = flagNumber(flags, "lines", "tail-requests", 10, { min: 0, whole: true });
    const every = flagNumber(flags, "statistics", "tail-requests", null, { min: 0 });
    const everyMs = every === null ? system.terminal ? LIVE_MS : STATISTICS_MS : every * 1000;
    const matches = matcher({
      ...logFilter(flags, "tail-requests", Date.now()),
      slowMs: flags.has("slow") ? slowMs : null,
      key: flagValue(flags, "key"),
    });
    const paint = painter(system);
    const statistics = new RecentStatistics(performance.now());
    const json = flags.has("json");
    const show = (entry: LogEntry, text: string) => {
      if (entry.closes) statistics.add(entry, performance.now());
      system.progress(null);
      for (const line of json ? [text] : entryLines(entry, slowMs, paint)) system.out(line);
    };
    // Of what is there already the last ones alone are shown.
    let before: [LogEntry, string][] | null = [];
    const onCaughtUp = () => {
      for (const [entry, text] of last === 0 ? [] : before?.slice(-last) ?? []) show(entry, text);
      before = null;
    };
    const reader = {
      line(text: string) {
        const record = parseJson(text);
        if (record === null) return;
        const entry = entryOf(record);
        if (!isShown(entry) || !matches(entry)) return;
        if (before === null) show(entry, text);
        else before.push([entry, text]);
      },
      tooLong() {},
    };
    const onNote = (note: string) => {
      system.progress(null);
      system.err(paint("dim", `-- ${note}`));
    };
    const timer = everyMs === 0 ? null : setInterval(() => {
      const line = statisticsLine(statistics.at(performance.now()));
      if (system.terminal) system.progress(line);
      else system.err(line);
    }, everyMs);
    try {
      await untilStopped(system, (signal) => follow(flags, system, { reader, onCaughtUp, onNote, signal }));
    } finally {
      if (timer !== null) clearInterval(timer);
    }
    if (everyMs > 0) system.err(statisticsLine(statistics.at(performance.now())));
    return 0;
  },
};

interface Following {
  readonly reader: { line(text: string): void; tooLong(): void };
  readonly onCaughtUp: () => void;
  readonly onNote: (note: string) => void;
  readonly signal: AbortSignal;
}

async function follow(flags: Flags, system: System, following: Following): Promise<void> {
  const { reader, onCaughtUp, onNote, signal } = following;
  const url = flagValue(flags, "url");
  const file = flagValue(flags, "file") ?? (url === null ? await usualLog(system) : null);
  if (file !== null) {
    onNote(`following ${file}`);
    await followFile(file, reader, { signal, onCaughtUp, onRotated: (how) => onNote(`the log was ${how}`) });
    return;
  }
  const target = await adminTargetOf(flags, system);
  onCaughtUp();
  onNote(`requests of ${target.url.href.replace(/\/$/, "")} as they end`);
  await followEvents(target, reader, { signal, onNote });
}

/** Requests that ended, and what else is worth a look. */
function isShown({ closes, level }: LogEntry): boolean {
  return closes || level !== "" && level !== "INFO" && level !== "DEBUG";
}
