import { type Knee, recommendation } from "../tools/profiling/knee.ts";
import { type Level, measureLevel, sweep, type ThroughputOptions } from "../tools/profiling/throughput.ts";
import {
  THROUGHPUT_HEADINGS,
  type ThroughputAbout,
  throughputCells,
  throughputJson,
  throughputPage,
} from "../tools/profiling/throughput_report.ts";
import { bar } from "./bars.ts";
import { type Painter, painter } from "./colour.ts";
import { type Command, flagNumber } from "./command.ts";
import { askedOf, modelOf, PROFILE_FLAGS } from "./profile_flags.ts";
import { publish, untilStopped } from "./results.ts";
import { alignedRows } from "./table.ts";
import { MODEL_FLAG, targetOf } from "./target_flags.ts";

export const profileThroughput: Command = {
  name: "profile-throughput",
  summary: "Measure how many requests a server takes at a time",
  about:
    "Keeps so many requests under way and tells requests a second, success and latency. --sweep tries 1, 2, 4, … at\n" +
    "a time until that brings no more, then looks for the knee: the least that has the most that there is (within\n" +
    "10 %), and recommends it. Exits 1 where no request succeeds.",
  flags: [
    MODEL_FLAG,
    {
      name: "requests",
      value: "N",
      about: "requests of a level, rounded up to equal shares (100; of a sweep 20)",
    },
    { name: "concurrency", value: "N", about: "requests at a time (10)" },
    { name: "sweep", value: null, about: "find the knee" },
    { name: "max-concurrency", value: "N", about: "the most that a sweep tries at a time (128)" },
    { name: "level-time", value: "SECONDS", about: "no request of a level begins later (60; of a sweep 15)" },
    ...PROFILE_FLAGS,
  ],
  examples: [
    "gateway profile-throughput --requests 100 --concurrency 10",
    "gateway profile-throughput --sweep --export capacity.html",
    "gateway profile-throughput --model qwen-coder-vllm --sweep",
  ],
  async run(flags, system) {
    const sweeps = flags.has("sweep");
    const whole = { min: 1, whole: true };
    const requests = flagNumber(flags, "requests", "profile-throughput", sweeps ? 20 : 100, whole);
    const concurrency = flagNumber(flags, "concurrency", "profile-throughput", 10, { ...whole, max: 10_000 });
    const most = flagNumber(flags, "max-concurrency", "profile-throughput", 128, { ...whole, max: 10_000 });
    const levelMs = flagNumber(flags, "level-time", "profile-throughput", sweeps ? 15 : 60, { min: 0.1 }) *
      1000;
    const { api, apiName, question, timeoutMs } = askedOf(flags, "profile-throughput");
    const target = await targetOf(flags, system);
    const model = await modelOf(flags, target);
    const started = new Date().toISOString();
    const { levels, knee } = await untilStopped<Measured>(system, async (signal) => {
      const options: ThroughputOptions = {
        target,
        api,
        question: question(model, false),
        requests,
        levelMs,
        timeoutMs,
        signal,
        onProgress: (level, done, of) => system.progress(`${level} at a time: ${done} of ${of}`),
      };
      if (sweeps) return await sweep(options, most);
      return { levels: [await measureLevel(options, concurrency)], knee: undefined };
    });
    const about = { target, model, api: apiName, started };
    await publish(
      {
        json: throughputJson(levels, knee, about),
        page: (data) => throughputPage(levels, knee, about, data),
        lines: () => throughputLines(levels, knee, about, painter(system)),
      },
      flags,
      system,
    );
    return levels.some(({ rps }) => rps > 0) ? 0 : 1;
  },
};

interface Measured {
  readonly levels: readonly Level[];
  /** Undefined: it was not looked for. */
  readonly knee: Knee | null | undefined;
}

function throughputLines(
  levels: readonly Level[],
  knee: Knee | null | undefined,
  about: ThroughputAbout,
  paint: Painter,
): string[] {
  const best = Math.max(...levels.map(({ rps }) => rps), 1e-9);
  const rows = levels.map((level) => {
    const isKnee = level === knee?.level;
    const drawn = paint(isKnee ? "green" : "cyan", bar(level.rps / best, 24));
    return [...throughputCells(level), isKnee ? `${drawn} ${paint("green", "knee")}` : drawn];
  });
  return [
    `${paint("bold", about.model)} at ${about.target.url.href.replace(/\/$/, "")}, ${about.api}`,
    "",
    ...alignedRows([[...THROUGHPUT_HEADINGS, ""], ...rows], new Set(THROUGHPUT_HEADINGS.keys())),
    ...failureLines(levels),
    ...(knee === undefined ? [] : ["", paint("bold", recommendation(knee, levels))]),
  ];
}

function failureLines(levels: readonly Level[]): string[] {
  const failed = levels.filter(({ errors }) => errors > 0);
  if (failed.length === 0) return [];
  return [
    "",
    ...failed.map(({ concurrency, failures }) =>
      `${concurrency} at a time: ${
        Object.entries(failures).map(([type, many]) => `${many} × ${type}`).join(", ")
      }`
    ),
  ];
}
