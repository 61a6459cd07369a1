import { CapturedReader } from "../tools/captured_reader.ts";
import type { CapturedRequest, RefusedRequest } from "../tools/captured_request.ts";
import { count, duration, percent } from "../tools/format.ts";
import { readLog, readLogFile } from "../tools/logs/log_lines.ts";
import { isGood, type Replayed, replayRequests } from "../tools/replay_requests.ts";
import { rounded } from "../tools/rounded.ts";
import { UsageError } from "./args.ts";
import { type Painter, painter } from "./colour.ts";
import { type Command, flagNumber, flagValue, flagValues } from "./command.ts";
import { LOG_FLAGS, logFilter } from "./log_flags.ts";
import { alignedRows } from "./table.ts";
import { JSON_FLAG, TARGET_FLAGS, targetOf } from "./target_flags.ts";

/** Requests that are kept in memory at most. */
const MOST = 100_000;
/** Refused ones that are named. */
const NAMED = 20;

export const replay: Command = {
  name: "replay",
  summary: "Send captured requests again",
  about:
    "Sends the requests of a log again, in their order, and compares what comes of them. Only those are sent that\n" +
    "the log has whole and as they were (logging.log_requests, with a max_body_length that cuts none); others are\n" +
    "named with the reason. Exits 1 where a request that was answered well fails, or none could be sent.",
  operand: { name: "files", value: "FILE", several: true, about: "the logs; - is standard input" },
  flags: [
    ...TARGET_FLAGS,
    { name: "since", value: "TIME", about: "requests from then on" },
    { name: "until", value: "TIME", about: "requests before then" },
    ...LOG_FLAGS,
    { name: "as-model", value: "MODEL", about: "ask this model in place of the one that was asked" },
    {
      name: "request",
      value: "ID",
      about: "this request alone: its id, or at least eight characters of its beginning",
    },
    { name: "limit", value: "N", about: "so many at most" },
    { name: "concurrency", value: "N", about: "so many at a time (1)" },
    { name: "dry-run", value: null, about: "send nothing: say what would be sent" },
    JSON_FLAG,
  ],
  examples: [
    "gateway replay requests.log --url http://localhost:8080",
    "gateway replay requests.log --level ERROR --as-model gpt-4o-mini --limit 20",
  ],
  async run(flags, system) {
    const files = flagValues(flags, "files");
    if (files.length === 0) throw new UsageError("a log is missing: gateway replay FILE", "replay");
    const limit = flagNumber(flags, "limit", "replay", MOST, { min: 1, max: MOST, whole: true });
    const concurrency = flagNumber(flags, "concurrency", "replay", 1, { min: 1, max: 1000, whole: true });
    const reader = new CapturedReader(
      logFilter(flags, "replay", Date.now()),
      flagValue(flags, "request"),
      limit,
    );
    for (const file of files) {
      if (file === "-") await readLog(system.input, reader);
      else await readLogFile(file, reader);
    }
    const { refused } = reader;
    const requests = reader.inOrder();
    const asModel = flagValue(flags, "as-model");
    const json = flags.has("json");
    const paint = painter(system);
    const print = (value: unknown) => system.out(JSON.stringify(rounded(value), null, 2));
    if (!json) {
      for (const { requestId, reason } of refused.slice(0, NAMED)) {
        system.err(`${paint("yellow", "refused")}  ${requestId || "(no id)"}  ${reason}`);
      }
      const more = refused.length - NAMED;
      if (more > 0) system.err(`and ${count(more)} more, which --json names`);
    }
    if (requests.length === 0) {
      system.err(
        refused.length === 0
          ? "gateway: no such request is in the log"
          : `gateway: no request could be sent again, ${count(refused.length)} were refused`,
      );
      return 1;
    }
    if (flags.has("dry-run")) {
      if (json) print({ requests: requests.map(requestJson), refused: refused.map(refusedJson) });
      else for (const line of plannedLines(requests, asModel)) system.out(line);
      return 0;
    }
    const target = await targetOf(flags, system);
    const results = await replayRequests(requests, {
      target,
      asModel,
      concurrency,
      onProgress: (done, of) => system.progress(`${done} of ${of} sent`),
    }).finally(() => system.progress(null));
    const worse = results.filter(({ request, status }) => isGood(request.status) && !isGood(status));
    if (json) print({ url: target.url.href, ...forPrograms(results), refused: refused.map(refusedJson) });
    else for (const line of replayedLines(results, worse.length, refused.length, paint)) system.out(line);
    return worse.length > 0 ? 1 : 0;
  },
};

const HEADINGS = ["REQUEST", "MODEL", "WAS", "IS", "TOOK", "TAKES", ""];

function plannedLines(requests: readonly CapturedRequest[], asModel: string | null): string[] {
  const rows = requests.map(({ requestId, path, model, body }) => [
    requestId,
    path,
    asModel ?? model,
    count(body.length),
  ]);
  return alignedRows([["REQUEST", "PATH", "MODEL", "CHARACTERS"], ...rows], new Set([3]));
}

function replayedLines(
  results: readonly Replayed[],
  worse: number,
  refused: number,
  paint: Painter,
): string[] {
  const good = results.filter(({ status }) => isGood(status)).length;
  return [
    ...alignedRows([HEADINGS, ...results.map(cells)], new Set([2, 3, 4, 5])),
    "",
    `${count(results.length)} sent, ${count(good)} answered well (${percent(good / results.length)}), ` +
    `${count(refused)} refused` +
    (worse === 0 ? "" : paint("red", `; ${count(worse)} that were answered well fail now`)),
  ];
}

function cells({ request, status, durationMs, error }: Replayed): string[] {
  return [
    request.requestId,
    request.model,
    String(request.status || "–"),
    String(status ?? "–"),
    duration(request.durationMs),
    duration(durationMs),
    error ?? "",
  ];
}

function requestJson({ requestId, path, model, body }: CapturedRequest): Record<string, unknown> {
  return { request_id: requestId, path, model, body };
}

function refusedJson({ requestId, reason }: RefusedRequest): Record<string, unknown> {
  return { request_id: requestId, reason };
}

function forPrograms(results: readonly Replayed[]): Record<string, unknown> {
  return {
    results: results.map(({ request, status, durationMs, error }) => ({
      request_id: request.requestId,
      path: request.path,
      model: request.model,
      status_before: request.status || null,
      status,
      duration_ms_before: request.durationMs,
      duration_ms: durationMs,
      error,
    })),
  };
}
