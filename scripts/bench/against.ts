// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task bench against DIRECTORY [--quick] [--off] [--requests]`: this gateway beside that of another checkout,
 * under load at the same time, with logs, metrics and 10 % traces, or with telemetry `--off`. Says whether a change
 * made it slower. `--requests`: whole answers alone, and in 60 rounds. Needs nginx and wrk.
 */
import { CONNECTIONS, httpRounds, type HttpSample } from "./http_rounds.ts";
import { gatewayConfig, type GatewayMode } from "./gateway.ts";
import { startMockUpstream } from "./nginx.ts";
import type { Pair } from "./pairs.ts";
import { denoProgram, freePort, type Program, startProgram } from "./program.ts";
import { FULL, QUICK, type Settings } from "./settings.ts";
import { differs, type Estimate } from "../../lib/tools/statistics.ts";
import { CHUNKS, PACE_MS, streamRounds, type StreamSample } from "./stream_rounds.ts";
import { table } from "./table.ts";
import { startPacedUpstream, startSink } from "./variants.ts";
import { V8_FLAGS } from "../v8_flags.ts";

const CONTROL: Pair = ["f", "control"];
const CHANGE: Pair = ["f", "gateway-10"];

/** Many short rounds: a difference of one per cent is to be told from none. */
const REQUESTS: Settings = { ...FULL, rounds: { 1: 60, 32: 60 }, roundSeconds: 1 };

/** In the pairs `f` and `control` stand for the other checkout, twice, and `gateway-10` for this one. */
export async function against(args: readonly string[]): Promise<void> {
  const [directory = ""] = args.filter((it) => !it.startsWith("--"));
  const requestsAlone = args.includes("--requests");
  const settings = args.includes("--quick") ? QUICK : requestsAlone ? REQUESTS : FULL;
  const mode: GatewayMode = args.includes("--off") ? "off" : "traces-10";
  const base = await Deno.realPath(directory);
  const here = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
  const folder = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    await using mock = await startMockUpstream(folder);
    await using paced = await startPacedUpstream(CHUNKS, PACE_MS);
    await using sink = await startSink();
    const rows: string[][] = [];
    const kinds = [[mock, "requests"], [paced, "streams"]] as const;
    for (const [upstream, kind] of requestsAlone ? kinds.slice(0, 1) : kinds) {
      await using stack = new AsyncDisposableStack();
      const start = async (checkout: string) =>
        stack.use(await startGatewayOf(checkout, mode, folder, upstream.port, sink.port));
      const programs = new Map(
        [
          ["f", await start(base)],
          ["control", await start(base)],
          ["gateway-10", await start(here)],
        ] as const,
      );
      if (kind === "requests") {
        const samples = await httpRounds(programs, [CONTROL, CHANGE], settings, () => {});
        for (const connections of CONNECTIONS) {
          const of = samples[connections];
          if (of === undefined) continue;
          for (const [title, read] of HTTP_FIGURES) {
            rows.push(row(`${title}, c = ${connections}`, of.ratio(CONTROL, read), of.ratio(CHANGE, read)));
          }
        }
      } else {
        const samples = await streamRounds(programs, [CONTROL, CHANGE], settings.streamRounds, () => {});
        for (const [title, read] of STREAM_FIGURES) {
          rows.push(row(title, samples.ratio(CONTROL, read), samples.ratio(CHANGE, read)));
        }
      }
    }
    console.log(table(["figure", "the other twice (control)", "this / the other", ""], rows));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const HTTP_FIGURES: readonly (readonly [title: string, read: (sample: HttpSample) => number])[] = [
  ["CPU a request", ({ cpu }) => cpu],
  ["p50", ({ p50 }) => p50],
  ["resident memory", ({ rss }) => rss],
];

const STREAM_FIGURES: readonly (readonly [title: string, read: (sample: StreamSample) => number])[] = [
  ["CPU a paced chunk", ({ cpu }) => cpu],
  ["resident memory, 100 streams", ({ rss }) => rss],
];

async function startGatewayOf(
  checkout: string,
  mode: GatewayMode,
  folder: string,
  upstream: number,
  sink: number,
): Promise<Program> {
  const port = freePort();
  const file = `${folder}/gateway-${port}.yaml`;
  await Deno.writeTextFile(file, gatewayConfig(mode, port, upstream, sink));
  const [deno] = denoProgram("../../main.ts", []);
  const flags = ["run", "--allow-all", `--v8-flags=${V8_FLAGS}`, `--config=${checkout}/deno.json`];
  return await startProgram({
    command: [deno, ...flags, `${checkout}/main.ts`, "serve", "--config", file],
    port,
  });
}

function row(title: string, control: Estimate | null, change: Estimate | null): string[] {
  if (control === null || change === null) return [title, "–", "–", ""];
  const verdict = !differs(change, control) ? "≈" : change.median > 1 ? "worse" : "better";
  return [title, shown(control), shown(change), verdict];
}

function shown({ median, low, high }: Estimate): string {
  return `${median.toFixed(3)} [${low.toFixed(3)}–${high.toFixed(3)}]`;
}
