// deno-lint-ignore-file no-console -- its output is what it is for
/** A program that records a million requests with names that clients make up, and says what that took and shows. */
import { Attempt, Exchange, ModelCall } from "../../../lib/telemetry/exchange.ts";
import { Registry } from "../../../lib/telemetry/metrics/registry.ts";
import { LitellmMetricsProjection } from "../../../lib/telemetry/projections/litellm_metrics.ts";
import { MetricsProjection } from "../../../lib/telemetry/projections/metrics.ts";
import { scrape } from "./scrape.ts";
import { principal } from "../../principal.ts";

const REQUESTS = 1_000_000;
/** After so many the program's own code is compiled and its heap has the size that it works with. */
const WARM = 20_000;

const registry = new Registry(undefined, () => true);
const projections = [new MetricsProjection(registry), new LitellmMetricsProjection(registry, new Set(["m"]))];
let seed = 1;
const random = () => (seed = (seed * 48271) % 0x7fffffff).toString(36);
const sink = { finished: () => {} };
let before = NaN;
for (let i = 0; i < REQUESTS; i++) {
  if (i === WARM) before = Deno.memoryUsage().rss;
  const exchange = new Exchange(i, 0, sink);
  exchange.method = i % 7 === 0 ? random() : "POST";
  exchange.route = exchange.path = `/${random()}`;
  exchange.requestedModel = random();
  exchange.principal = principal({ owner: random(), keyTail: "1234", name: random() });
  const call = new ModelCall(i % 2 === 0 ? "generate_stream" : "generate");
  call.provider = random();
  call.model = random();
  call.startedAt = i;
  call.firstChunkAt = call.lastChunkAt = call.endedAt = i + 1;
  call.inputTokens = call.outputTokens = 1;
  const attempt = new Attempt(call.provider, call.model);
  call.attempts.push(Object.assign(attempt, { status: "success", serverAddress: random() }));
  exchange.call = call;
  exchange.errorType = random();
  exchange.finish(i % 3 === 0 ? "error" : "success", i % 3 === 0 ? 500 : 200, i + 2);
  for (const projection of projections) projection.project(exchange);
}
const megabytes = (Deno.memoryUsage().rss - before) / 1e6;
const lines: Record<string, number> = {};
for (const sample of (await scrape(registry)).keys()) {
  const family = sample.replace(/\{.*/, "").replace(/_(bucket|sum|count)$/, "");
  lines[family] = (lines[family] ?? 0) + 1;
}
console.log(JSON.stringify({ megabytes, lines, total: registry.lines, folded: registry.folded }));
