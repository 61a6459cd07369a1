import { count, duration, durationApart } from "../tools/format.ts";
import { errorCounts, type LatencyAbout, latencyJson } from "../tools/profiling/latency_json.ts";
import { latencyPage } from "../tools/profiling/latency_page.ts";
import {
  type LatencyProfile,
  METRIC_NAMES,
  METRICS,
  profileLatency,
  valuesOf,
} from "../tools/profiling/latency_profile.ts";
import { histogram } from "../tools/report/histogram.ts";
import { bar } from "./bars.ts";
import { type Painter, painter } from "./colour.ts";
import { type Command, flagNumber } from "./command.ts";
import { askedOf, modelOf, PROFILE_FLAGS } from "./profile_flags.ts";
import { publish, untilStopped } from "./results.ts";
import { alignedRows } from "./table.ts";
import { MODEL_FLAG, targetOf } from "./target_flags.ts";

export const profileLatencyCommand: Command = {
  name: "profile-latency",
  summary: "Measure how long one model's answers take, and where the time goes",
  about:
    "Asks a model again and again, one request at a time, and tells P50, P95 and P99 with their 95 % intervals: of\n" +
    "the whole request, its first byte and first token, the time between tokens, and the gateway's own part of it\n" +
    "(from Server-Timing: server.headers.server_timing). Each request has a connection of its own; what making it\n" +
    "takes is shown as the network's time and is no part of the others. Exits 1 where no request succeeds.",
  flags: [
    MODEL_FLAG,
    { name: "iterations", value: "N", about: "requests that count (10)" },
    { name: "warmup", value: "N", about: "requests before, that do not (2)" },
    { name: "whole", value: null, about: "ask for whole answers: without it they are streamed" },
    ...PROFILE_FLAGS,
  ],
  examples: [
    "gateway profile-latency --model llama3.1:8b",
    "gateway profile-latency --model llama3.1:8b --iterations 20 --warmup 5",
    "gateway profile-latency --export results.json",
  ],
  async run(flags, system) {
    const iterations = flagNumber(flags, "iterations", "profile-latency", 10, { min: 1, whole: true });
    const warmup = flagNumber(flags, "warmup", "profile-latency", 2, { min: 0, whole: true });
    const { api, apiName, question, timeoutMs } = askedOf(flags, "profile-latency");
    const target = await targetOf(flags, system);
    const model = await modelOf(flags, target);
    const asked = question(model, !flags.has("whole"));
    const started = new Date().toISOString();
    const profile = await untilStopped(system, (signal) =>
      profileLatency({
        target,
        api,
        question: asked,
        iterations,
        warmup,
        timeoutMs,
        signal,
        onProgress: (done, of) => system.progress(`request ${done + 1} of ${of}`),
      }));
    const about: LatencyAbout = { target, model, api: apiName, stream: asked.stream, warmup, started };
    await publish(
      {
        json: latencyJson(profile, about),
        page: (data) => latencyPage(profile, about, data),
        lines: () => profileLines(profile, about, painter(system)),
      },
      flags,
      system,
    );
    return profile.errors < profile.calls.length ? 0 : 1;
  },
};

const BAR_WIDTH = 40;

function profileLines(profile: LatencyProfile, about: LatencyAbout, paint: Painter): string[] {
  const { calls, errors, summaries } = profile;
  const good = calls.length - errors;
  const head = `${paint("bold", about.model)} at ${about.target.url.href.replace(/\/$/, "")}, ${about.api}${
    about.stream ? ", streamed" : ""
  }: ${count(calls.length)} requests, ${paint(errors === 0 ? "green" : "red", `${count(good)} succeeded`)}`;
  const rows = METRIC_NAMES.flatMap((name) => {
    const summary = summaries[name];
    if (summary === null) return [];
    const text = (value: number) => METRICS[name].unit === "ms" ? duration(value) : count(value, 1);
    return [[
      METRICS[name].label,
      ...(["p50", "p95", "p99"] as const).flatMap((q) => [
        text(summary[q].value),
        paint("dim", `${text(summary[q].low)} – ${text(summary[q].high)}`),
      ]),
      text(summary.max),
    ]];
  });
  const missing = good > 0 && summaries.overhead === null
    ? [
      "",
      paint(
        "dim",
        "The server tells nothing of its own time; this gateway does with server.headers.server_timing.",
      ),
    ]
    : [];
  const failed = errors === 0 ? [] : [
    "",
    paint("bold", "ERRORS"),
    ...errorCounts(calls).slice(0, 10).map((each) =>
      `${count(each.count).padStart(5)}  ${paint("red", each.error)}`
    ),
  ];
  if (good === 0) return [head, ...failed];
  return [
    head,
    "",
    ...alignedRows(
      [["", "P50", "95 % interval", "P95", "95 % interval", "P99", "95 % interval", "MAX"], ...rows],
      new Set([1, 2, 3, 4, 5, 6, 7]),
    ),
    "",
    ...histogramRows(valuesOf(calls.filter(({ ok }) => ok), "latency"), paint),
    ...missing,
    ...failed,
  ];
}

function histogramRows(values: readonly number[], paint: Painter): string[] {
  const bins = histogram(values, 12);
  const most = Math.max(...bins.map((bin) => bin.count));
  return alignedRows(
    bins.map((bin) => [
      durationApart(bin.from, bin.to - bin.from),
      "–",
      durationApart(bin.to, bin.to - bin.from),
      paint("cyan", bar(bin.count / most, BAR_WIDTH)),
      count(bin.count),
    ]),
    new Set([0, 2, 4]),
  );
}
