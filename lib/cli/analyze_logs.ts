import { bytes } from "../tools/format.ts";
import { analysisJson, storyJson } from "../tools/logs/analysis_json.ts";
import { AnalyzingReader } from "../tools/logs/analyze_lines.ts";
import { followEvents } from "../tools/logs/follow_events.ts";
import { type LineReader, readLog, readLogFile } from "../tools/logs/log_lines.ts";
import { StoryReader } from "../tools/logs/request_story.ts";
import { rounded } from "../tools/rounded.ts";
import { analysisLines } from "./analysis_lines.ts";
import { painter } from "./colour.ts";
import { type Command, flagNumber, type Flags, flagValue, flagValues } from "./command.ts";
import { KEY_FLAG, LOG_FLAGS, logFilter } from "./log_flags.ts";
import { usualLog, withRotated } from "./log_source.ts";
import { untilStopped } from "./results.ts";
import { storyLines } from "./story_lines.ts";
import type { System } from "./system.ts";
import { adminTargetOf, EVENT_FLAGS, JSON_FLAG } from "./target_flags.ts";

const SLOW_MS = 5_000;

export const analyzeLogs: Command = {
  name: "analyze-logs",
  summary: "Say what a log tells: errors, latency, tokens, cost, one request's story",
  about:
    "Reads logs of the gateway, or LiteLLM's JSON logs: errors by their pattern, latency, tokens and cost by model\n" +
    "and key, the slowest requests. Files may be compressed with gzip; - is standard input. Without one it reads\n" +
    "the configured log, else /var/log/litellm/requests.log, else a gateway's requests as they end, until Ctrl-C.\n" +
    "Lines that are no JSON are counted and passed over. Exits 0 where it could read, 1 where --trace finds\n" +
    "nothing, 2 where a file cannot be read.",
  operand: { name: "files", value: "FILE", several: true, about: "the logs" },
  flags: [
    { name: "errors", value: null, about: "errors alone" },
    { name: "performance", value: null, about: "latency and slow requests alone" },
    {
      name: "trace",
      value: "ID",
      about: "the whole story of a request, by its id or its trace's (8 characters do)",
    },
    {
      name: "since",
      value: "TIME",
      about: "from then on: 2026-03-01, 2026-03-01T14:30:00Z, 14:30, or 2h ago",
    },
    { name: "until", value: "TIME", about: "before then" },
    ...LOG_FLAGS,
    KEY_FLAG,
    ...EVENT_FLAGS,
    { name: "slow-ms", value: "MS", about: `what counts as slow (${SLOW_MS})` },
    { name: "rotated", value: null, about: "read what each log has set aside as well" },
    JSON_FLAG,
  ],
  examples: [
    "gateway analyze-logs /var/log/litellm/requests.log",
    "gateway analyze-logs requests.log* --errors --since 2h",
    "gateway analyze-logs requests.log --trace 4bf92f3577b34da6a3ce929d0e0e4736",
    "zstdcat old.log.zst | gateway analyze-logs - --json",
  ],
  async run(flags, system) {
    const filter = { ...logFilter(flags, "analyze-logs", Date.now()), key: flagValue(flags, "key") };
    const slowMs = flagNumber(flags, "slow-ms", "analyze-logs", SLOW_MS, { min: 0 });
    const files = await filesOf(flags, system);
    const paint = painter(system);
    const trace = flagValue(flags, "trace");
    const onRead = progressOf(system);
    if (trace !== null) {
      const story = new StoryReader(trace);
      await readAll(files, story, flags, system);
      if (flags.has("json")) system.out(JSON.stringify(storyJson(trace, story), null, 2));
      else for (const line of storyLines(trace, story, paint)) system.out(line);
      return story.entries.length === 0 ? 1 : 0;
    }
    const reader = new AnalyzingReader(filter, slowMs, onRead);
    await readAll(files, reader, flags, system);
    const { analysis } = reader;
    if (flags.has("json")) system.out(JSON.stringify(rounded(analysisJson(analysis, files)), null, 2));
    else {
      const only = flags.has("errors") ? "errors" : flags.has("performance") ? "performance" : null;
      for (const line of analysisLines(analysis, { files, slowMs, only, paint })) system.out(line);
    }
    return 0;
  },
};

async function filesOf(flags: Flags, system: System): Promise<string[]> {
  const named = flagValues(flags, "files");
  const usual = named.length > 0 || flags.has("url") ? null : await usualLog(system);
  const files = usual === null ? [...named] : [usual];
  if (!flags.has("rotated")) return files;
  const all = await Promise.all(files.map((file) => file === "-" ? [file] : withRotated(file)));
  return [...new Set(all.flat())];
}

async function readAll(
  files: readonly string[],
  reader: LineReader,
  flags: Flags,
  system: System,
): Promise<void> {
  if (files.length === 0) return await readEvents(reader, flags, system);
  try {
    for (const file of files) {
      if (file === "-") await readLog(system.input, reader);
      else await readLogFile(file, reader);
    }
  } finally {
    system.progress(null);
  }
}

/** Gathers requests as they end, until it is told to stop. */
async function readEvents(reader: LineReader, flags: Flags, system: System): Promise<void> {
  const target = await adminTargetOf(flags, system);
  system.err(`no log: requests of ${target.url.origin} as they end are gathered until Ctrl-C`);
  const onNote = (note: string) => system.err(`-- ${note}`);
  await untilStopped(system, (signal) => followEvents(target, reader, { signal, onNote }));
}

function progressOf(system: System): (read: number) => void {
  let next = 0;
  return (read) => {
    if (read < next) return;
    next = read + 50e6;
    system.progress(`${bytes(read)} read`);
  };
}
