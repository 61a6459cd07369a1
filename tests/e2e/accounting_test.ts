/**
 * Everything that an operator counts requests by must count the same: closing log lines, metrics, spans, the rows of
 * the console, their figures and the records behind them, and so must everything that tokens are counted by.
 */
import { assert, assertEquals } from "@std/assert";
import { seededRandom } from "../../lib/providers/mock/seeded_random.ts";
import { systemClock } from "../../lib/clock.ts";
import type { StoredRow } from "../../lib/stores/request_store.ts";
import { SqliteRequestStore } from "../../lib/stores/sqlite_request_store.ts";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { REQUESTS } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { CODECS } from "../wire/codecs.ts";
import { drawPlans, formatOf, type Plan, statusOf, turns } from "./accounting_plans.ts";
import { apiRoutes } from "./api_routes.ts";
import { GatewayProcess, type LogLine } from "./gateway_process.ts";
import { OtlpSink } from "./otlp_sink.ts";
import { type UpstreamCall, UpstreamServer } from "./upstream_server.ts";

const REQUESTS_IN_ALL = 5000;
const AT_A_TIME = 64;
const SEED = 20260101;

const PATHS: Readonly<Record<WireFormat, string>> = {
  openai_chat: "/v1/chat/completions",
  openai_responses: "/v1/responses",
  anthropic_messages: "/v1/messages",
  ollama_chat: "/api/chat",
  ollama_generate: "/api/generate",
  google_generate_content: "/v1beta/models/",
  google_interactions: "/v1beta/interactions",
  cohere_chat: "/v2/chat",
  bedrock_converse: "/model/up/converse",
};

for (const workers of [1, 4]) {
  const name = `${REQUESTS_IN_ALL} requests of all kinds are counted the same everywhere`;
  Deno.test(`accounting: ${name}, workers: ${workers}`, () => account(workers));
}

async function account(workers: number): Promise<void> {
  const plans = drawPlans(REQUESTS_IN_ALL, seededRandom(SEED));
  const sink = new OtlpSink();
  await using _sink = sink;
  await using upstream = new UpstreamServer((call) => serve(call, plans));
  const directory = await Deno.makeTempDir({ prefix: "accounting-" });
  const file = `${directory}/requests.db`;
  const gateway = await GatewayProcess.start({ config: config(upstream, sink, workers, file) });
  try {
    await sendAll(plans, gateway);
    let closed = plans.length + plans.filter((plan) => plan.behaviour.run !== undefined).length;
    await gateway.log((line) => (isClosing(line) || isRun(line)) && --closed === 0, 20_000);
    const metrics = samples(await (await fetch(`${gateway.url}/metrics`)).text());
    const shown = await overviewOf(gateway, plans.length);
    // Ends when the spans are exported.
    assertEquals((await gateway.stop()).code, 0);
    compare(plans, gateway.logs, metrics, sink);
    await compareRows(file, gateway.logs);
    compareOverview(shown, gateway.logs, metrics);
    assertEquals(unmet(metrics), []);
    assertEquals([...met].sort(), Object.keys(CODECS).sort());
  } finally {
    await gateway.stop("SIGKILL");
    await Deno.remove(directory, { recursive: true });
  }
}

/** Routes that no request asked for. Verbs of Google's stand behind many prefixes, of which one is enough. */
function unmet(metrics: ReadonlyMap<string, number>): string[] {
  const asked = new Set([...metrics.keys()].flatMap((name) => {
    const [, method, path] = /^http_requests_total\{method="([^"]*)",path="([^"]*)"/.exec(name) ?? [];
    return method === undefined ? [] : [`${method} ${path}`];
  }));
  return apiRoutes()
    .filter(({ path }) => !path.includes("}:") || path.startsWith("/v1beta/models/"))
    .map(({ method, path }) => `${method} ${path.replace("+}", "}")}`)
    .filter((route) => !asked.has(route));
}

/** The formats that the provider was asked in. */
const met = new Set<WireFormat>();

async function serve(call: UpstreamCall, plans: readonly Plan[]): Promise<void> {
  met.add(formatOf(call));
  const plan = plans[Number(/plan-(\d+)/.exec(call.path + call.text)?.[1])];
  if (plan?.behaviour.serve === undefined) throw new Error(`Nobody planned ${call.path} ${call.text}`);
  plan.attempts++;
  plan.arrive();
  await plan.behaviour.serve(call, plan);
}

async function sendAll(plans: readonly Plan[], gateway: GatewayProcess): Promise<void> {
  const next = plans.values();
  await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
    for (const plan of next) await send(plan, gateway);
  }));
}

/** Sends one request and reads its answer, or leaves when it is planned. */
async function send(plan: Plan, gateway: GatewayProcess): Promise<void> {
  const { leaves = "never" } = plan.behaviour;
  const leaving = new AbortController();
  try {
    const answer = fetch(requestOf(plan, gateway.url), { signal: leaving.signal });
    if (leaves === "uploading") {
      await gateway.log((line) => line.request_id === idOf(plan));
      leaving.abort();
    }
    if (leaves === "reached" || leaves === "race") {
      await plan.reached;
      if (leaves === "race") await turns(plan.turns);
      leaving.abort();
    }
    const response = await answer;
    if (leaves === "headers") leaving.abort();
    await read(response, leaves === "content" ? () => leaving.abort() : null);
  } catch (error) {
    if (!leaving.signal.aborted && plan.behaviour.cut !== true) {
      throw new Error(`"${plan.behaviour.name}" failed`, { cause: error });
    }
  }
}

function idOf(plan: Plan): string {
  return `plan-${plan.number}`;
}

function requestOf(plan: Plan, url: string): Request {
  const request = plan.behaviour.request?.(url, plan) ?? goodRequest(plan, url);
  request.headers.set("x-request-id", idOf(plan));
  return request;
}

function goodRequest(plan: Plan, url: string): Request {
  const inPath = plan.client === "google_generate_content";
  const named = inPath ? {} : { model: plan.model, stream: plan.stream };
  const text = JSON.stringify({ ...REQUESTS[plan.client], ...named }).replace('"Hi"', `"${idOf(plan)}"`);
  const verb = plan.stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
  return new Request(url + PATHS[plan.client] + (inPath ? plan.model + verb : ""), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: plan.behaviour.leaves === "uploading" ? half(text) : text,
  });
}

/** A body whose second half never comes. */
function half(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2))),
  });
}

/** @param onContent called when the first content has come. */
async function read(response: Response, onContent: (() => void) | null): Promise<void> {
  let text = "";
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (onContent !== null && text.includes("Hello")) onContent();
  }
}

function compare(
  plans: readonly Plan[],
  logs: readonly LogLine[],
  metrics: ReadonlyMap<string, number>,
  sink: OtlpSink,
): void {
  const lines = logs.filter(isClosing);
  const runs = logs.filter(isRun);
  const worked = [...lines, ...runs];
  const roots = sink.spans.filter((span) => span.parentSpanId === "");
  const calls = sink.spans.filter((span) => span.attributes.has("gen_ai.operation.name"));
  const attempts = sink.spans.filter((span) => ATTEMPTS.has(span.name));

  // Requests. What opened a record said so at its start.
  const opened = logs.filter((line) => line.event === "request.start" && !looks(line));
  assertEquals({
    records: opened.length,
    lines: lines.length,
    metric: total(metrics, "http_requests_total", without('path="/metrics"')),
    // The scrape counts itself; where routes are many, histograms fold it among others.
    durations: total(metrics, "http_request_duration_seconds_count") - 1,
    roots: roots.length,
  }, {
    records: plans.length,
    lines: plans.length,
    metric: plans.length,
    durations: plans.length,
    roots: plans.length,
  });
  assertEquals(
    lines.map((line) => String(line.request_id)).sort(),
    plans.map(idOf).sort(),
    "one line for each request",
  );
  assertEquals(
    new Set(lines.map((line) => `${line.trace_id} ${line.span_id}`)),
    new Set(roots.map((span) => `${span.traceId} ${span.spanId}`)),
  );
  assertEquals(
    tally(lines, (line) => String(line.status)),
    tallyMetric(metrics, "http_requests_total", "status", without('path="/metrics"')),
  );

  // What became of each is what was planned, but for those that left at any time.
  const lineOf = new Map(lines.map((line) => [line.request_id, line]));
  for (const plan of plans) {
    const line = lineOf.get(idOf(plan));
    const status = statusOf(plan);
    const what = () => `"${plan.behaviour.name}", ${plan.client}, ${plan.model}: ${JSON.stringify(line)}`;
    if (status !== null) assertEquals(line?.status, status, what());
    else assert(line?.status === 200 || line?.status === 499, what());
  }

  // Runs in the background, which are no requests.
  const begun = plans.filter((plan) => plan.behaviour.run !== undefined);
  const runSpans = sink.spans.filter((span) => span.name === "responses.run");
  assertEquals({
    lines: runs.length,
    metric: total(metrics, "gateway_background_runs_total"),
    durations: total(metrics, "gateway_background_run_duration_seconds_count"),
    spans: runSpans.length,
  }, { lines: begun.length, metric: begun.length, durations: begun.length, spans: begun.length });
  assertEquals(
    new Map(runs.map((line) => [line.request_id, line.event])),
    new Map(begun.map((plan) => [idOf(plan), plan.behaviour.run])),
  );
  assertEquals(
    new Set(runSpans.map((span) => `${span.traceId} ${span.parentSpanId}`)),
    new Set(begun.map((plan) => lineOf.get(idOf(plan))).map((line) => `${line?.trace_id} ${line?.span_id}`)),
  );

  assertEquals(
    worked.filter((line) => line.event === "request.cancelled" || line.event === "run.cancelled").length,
    total(metrics, "gateway_cancelled_total"),
  );
  const failures = new Set(["request.error", "request.rejected", "run.failed"]);
  assertEquals(
    worked.filter((line) => failures.has(String(line.event))).length,
    total(metrics, "gateway_errors_total"),
  );

  // Attempts.
  assertEquals({
    lines: sum(worked, "attempts"),
    metric: total(metrics, "provider_requests_total"),
    durations: total(metrics, "provider_request_duration_seconds_count"),
  }, { lines: attempts.length, metric: attempts.length, durations: attempts.length });
  const failed = worked.reduce((count, line) => count + ((line.attempt_errors as unknown[])?.length ?? 0), 0);
  assertEquals(failed, total(metrics, "provider_requests_total", (it) => it.includes('status="error"')));
  assertEquals(failed, attempts.filter((span) => span.attributes.has("error.type")).length);

  // Tokens and chunks.
  for (const type of ["input", "output"] as const) {
    const counted = {
      lines: sum(worked, `${type}_tokens`),
      metric: total(metrics, "provider_tokens_total", (it) => it.includes(`type="${type}"`)),
      histogram: total(
        metrics,
        "gen_ai_client_token_usage_sum",
        (it) => it.includes(`gen_ai_token_type="${type}"`),
      ),
      spans: calls.reduce(
        (count, span) => count + Number(span.attributes.get(`gen_ai.usage.${type}_tokens`) ?? 0),
        0,
      ),
    };
    const { lines: expected } = counted;
    assert(expected > 0);
    assertEquals(counted, { lines: expected, metric: expected, histogram: expected, spans: expected }, type);
    assertEquals(
      tally(worked, (line) => `${line.provider} ${line.model}`, `${type}_tokens`),
      tallyLabels(
        metrics,
        "provider_tokens_total",
        ["provider", "model"],
        (it) => it.includes(`type="${type}"`),
      ),
    );
  }
  for (const line of worked) {
    if (line.status !== 200 || line.attempts === undefined || line.usage_estimated === true) continue;
    const plan = plans[Number(String(line.request_id).slice("plan-".length))];
    const expected = plan?.behaviour.tokens ?? [7, 3];
    assertEquals([line.input_tokens, line.output_tokens], expected, JSON.stringify(line));
  }
  assertEquals(
    total(metrics, "provider_stream_chunks_total"),
    calls.reduce((count, span) => count + Number(span.attributes.get("provider.chunk_count") ?? 0), 0),
  );

  // The cache.
  const lookups = sink.spans.filter((span) => span.name === "cache.lookup");
  for (const [result, words] of [["hit", ["hit", "shared"]], ["miss", ["miss"]]] as const) {
    const found = lines.filter((line) => words.some((word) => word === line.cache)).length;
    assert(found > 0, result);
    assertEquals(
      {
        metric: total(metrics, "gateway_cache_total", (it) => it.includes(`result="${result}"`)),
        spans: lookups.filter((span) => span.attributes.get("cache.hit") === (result === "hit")).length,
      },
      { metric: found, spans: found },
      result,
    );
  }

  // Nothing is under way and nothing was lost.
  const gauge = (name: string) => metrics.get(name) ?? metrics.get(`${name}{}`);
  assertEquals([gauge("gateway_in_flight_requests"), gauge("gateway_open_streams")], [0, 0]);
  for (const signal of ["traces", "logs", "rows"]) {
    assertEquals(total(metrics, "gateway_telemetry_dropped_total", (it) => it.includes(signal)), 0, signal);
  }
}

type Shown = Readonly<Record<string, number>>;

/** What the console's Overview shows when it has counted all. Rows go out a moment after their requests' end. */
async function overviewOf(gateway: GatewayProcess, least: number): Promise<Shown> {
  const headers = { authorization: "Bearer sk-accounting" };
  for (const end = performance.now() + 20_000;;) {
    const response = await fetch(`${gateway.url}/console/api/overview?last=3600000`, { headers });
    const { totals, now } = await response.json();
    const closing = gateway.logs.filter((line) => isClosing(line) || isRun(line)).length;
    if (totals.requests >= Math.max(least, closing)) return { ...totals, in_flight: now.in_flight };
    if (performance.now() > end) throw new Error(`${totals.requests} of ${closing} are counted`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The console's Overview is what the log says, and what `/metrics` says. */
function compareOverview(shown: Shown, logs: readonly LogLine[], metrics: ReadonlyMap<string, number>): void {
  const lines = logs.filter((line) => isClosing(line) || isRun(line));
  const ended = (how: string) => lines.filter((line) => String(line.event).endsWith(how)).length;
  const figures = [
    "requests",
    "cancelled",
    "blocked",
    "rejected",
    "attempts",
    "input_tokens",
    "output_tokens",
  ];
  assertEquals(pick(shown, [...figures, "cached_tokens", "in_flight"]), {
    requests: lines.length,
    cancelled: ended(".cancelled"),
    blocked: ended(".blocked"),
    rejected: ended(".rejected"),
    attempts: sum(lines, "attempts"),
    input_tokens: sum(lines, "input_tokens"),
    output_tokens: sum(lines, "output_tokens"),
    cached_tokens: sum(lines, "cached_tokens"),
    in_flight: 0,
  });
  assert((shown["cached_tokens"] ?? 0) > 0);
  assertEquals(shown["errors"], ended(".error") + ended("run.failed"));
  assertEquals(shown["cancelled"], total(metrics, "gateway_cancelled_total"));
  // Each is told as precisely as it is kept: sums of parts of cents differ in their last digits.
  const micros = (usd = NaN) => Math.round(usd * 1e6);
  const spent = micros(shown["cost_usd"]);
  assert(spent > 0);
  assertEquals([micros(sum(lines, "cost_usd")), micros(total(metrics, "gateway_cost_usd_total"))], [
    spent,
    spent,
  ]);
}

/** The rows are what the log says, one for one, and the figures are theirs. */
async function compareRows(path: string, logs: readonly LogLine[]): Promise<void> {
  const lines = new Map(
    logs.filter((line) => isClosing(line) || isRun(line)).map((
      line,
    ) => [`${line.request_id} ${isRun(line)}`, line]),
  );
  const limits = { maxAge: 1e12, maxBytes: 1e12, maxRows: Infinity, slowMs: 0, profiles: [] };
  const store = await SqliteRequestStore.open({ ...limits, path, clock: systemClock });
  try {
    const rows: StoredRow[] = [];
    let next: number | null | undefined;
    while (next !== null) {
      const page = await store.list({ filter: {}, before: next, limit: 1000 });
      rows.push(...page.rows);
      next = page.next;
    }
    assertEquals(rows.length, lines.size);
    for (const row of rows) {
      const line = lines.get(`${row.request_id} ${row.run}`);
      const told = {
        status: row.status,
        method: row.method,
        path: row.path,
        duration_ms: row.duration_ms,
        overhead_ms: row.overhead_ms,
        ttfb_ms: row.ttft_ms ?? undefined,
        provider: row.provider ?? undefined,
        model: row.model ?? undefined,
        input_tokens: row.input_tokens ?? undefined,
        output_tokens: row.output_tokens ?? undefined,
        cached_tokens: row.cached_tokens ?? undefined,
        cost_usd: row.cost_usd ?? undefined,
        attempts: row.attempts || undefined,
        error_type: row.error_type ?? undefined,
        error: row.error ?? undefined,
        cache: row.cache ?? undefined,
      };
      assertEquals(told, { ...pick(line ?? {}, Object.keys(told)), attempts: line?.attempts || undefined });
    }
    const [figures] = await store.statistics({
      from: 0,
      to: Date.now() + 1000,
      filter: {},
      by: null,
      step: 0,
    });
    const all = [...lines.values()];
    assertEquals(
      [figures?.counts.requests, figures?.counts.attempts, figures?.counts.output_tokens],
      [all.length, sum(all, "attempts"), sum(all, "output_tokens")],
    );
    const cancelled = all.filter((line) => String(line.event).endsWith(".cancelled"));
    assertEquals(figures?.counts.cancelled, cancelled.length);
  } finally {
    await store.close();
  }
}

function pick(line: LogLine, names: readonly string[]): LogLine {
  return Object.fromEntries(names.map((name) => [name, line[name]]));
}

/** Names of attempts' spans. */
const ATTEMPTS = new Set(["POST", "GET", "DELETE"]);

const CLOSING = new Set(
  ["end", "slow", "cancelled", "blocked", "rejected", "error"].map((it) => `request.${it}`),
);

function isClosing(line: LogLine): boolean {
  return CLOSING.has(String(line.event)) && !looks(line);
}

/** Of a request by which the test looks at the others. */
function looks({ path }: LogLine): boolean {
  return path === "/metrics" || String(path).startsWith("/console/");
}

function isRun(line: LogLine): boolean {
  return String(line.event).startsWith("run.");
}

function without(label: string): (labels: string) => boolean {
  return (labels) => !labels.includes(label);
}

function total(
  metrics: ReadonlyMap<string, number>,
  name: string,
  where: (labels: string) => boolean = () => true,
): number {
  let sum = 0;
  for (const [sample, value] of metrics) {
    if ((sample === name || sample.startsWith(`${name}{`)) && where(sample)) sum += value;
  }
  return sum;
}

function tallyMetric(
  metrics: ReadonlyMap<string, number>,
  name: string,
  label: string,
  where: (labels: string) => boolean,
): Map<string, number> {
  return tallyLabels(metrics, name, [label], where);
}

function tallyLabels(
  metrics: ReadonlyMap<string, number>,
  name: string,
  labels: readonly string[],
  where: (labels: string) => boolean,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const [sample, value] of metrics) {
    if (!sample.startsWith(`${name}{`) || !where(sample) || value === 0) continue;
    const key = labels.map((label) => new RegExp(`[{,]${label}="([^"]*)"`).exec(sample)?.[1]).join(" ");
    found.set(key, (found.get(key) ?? 0) + value);
  }
  return sorted(found);
}

/** How often each key stands in the lines, or how much of a field does. */
function tally(
  lines: readonly LogLine[],
  keyOf: (line: LogLine) => string,
  field: string | null = null,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of lines) {
    const amount = field === null ? 1 : Number(line[field] ?? 0);
    if (amount > 0) found.set(keyOf(line), (found.get(keyOf(line)) ?? 0) + amount);
  }
  return sorted(found);
}

function sorted(map: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...map].sort(([a], [b]) => a < b ? -1 : 1));
}

function sum(lines: readonly LogLine[], field: string): number {
  return lines.reduce((total, line) => total + Number(line[field] ?? 0), 0);
}

function config(upstream: UpstreamServer, sink: OtlpSink, workers: number, requests: string): string {
  const { origin } = upstream;
  const silent = "{ first_chunk: 300ms, between_chunks: 300ms }";
  return `
server: { workers: ${workers}, drain_delay: 0s, max_body_size: 64KiB }
${workers > 1 ? "conversations: { path: conversations.db, timeout: 20s }" : ""}
logging: { level: DEBUG, format: json }
auth: { master_key: sk-accounting }
requests: { path: "${requests}" }
prices:
${
    ["openai", "chat", "anthropic", "ollama", "bedrock", "cohere", "gemini", "interactions"]
      .map((provider) => `  ${provider}/up: { input: 1000, output: 10000, cached_input: 100 }`).join("\n")
  }
providers:
  openai: { type: openai, base_url: "${origin}/v1", api_key: upstream-key }
  chat: { type: openai_compatible, base_url: "${origin}/v1" }
  anthropic: { type: anthropic, base_url: "${origin}", api_key: upstream-key }
  ollama: { type: ollama_native, base_url: "${origin}" }
  bedrock: { type: bedrock, base_url: "${origin}", api_key: upstream-key }
  cohere: { type: cohere_v2, base_url: "${origin}", api_key: upstream-key }
  gemini: { type: gemini, base_url: "${origin}/v1beta", api_key: upstream-key }
  interactions: { type: gemini_interactions, base_url: "${origin}/v1beta", api_key: upstream-key }
  nobody: { type: openai_compatible, base_url: "http://127.0.0.1:1/v1" }
pass_through: { provider: openai }
models:
  openai: openai/up
  chat: chat/up
  anthropic: anthropic/up
  ollama: ollama/up
  bedrock: bedrock/up
  cohere: cohere/up
  gemini: gemini/up
  interactions: interactions/up
  silent-openai: { targets: [openai/up-silent], timeouts: ${silent} }
  silent-chat: { targets: [chat/up-silent], timeouts: ${silent} }
  silent-anthropic: { targets: [anthropic/up-silent], timeouts: ${silent} }
  silent-bedrock: { targets: [bedrock/up-silent], timeouts: ${silent} }
  silent-ollama: { targets: [ollama/up-silent], timeouts: ${silent} }
  silent-cohere: { targets: [cohere/up-silent], timeouts: ${silent} }
  silent-interactions: { targets: [interactions/up-silent], timeouts: ${silent} }
  silent-gemini: { targets: [gemini/up-silent], timeouts: ${silent} }
  nobody: nobody/up
  fallback: { targets: [{ provider: nobody, model: up }, { provider: chat, model: up, weight: 0 }] }
  cached: chat/up
cache: { enabled: true, models: [cached] }
retry: { attempts: 1, base_delay: 5ms, budget: 1 }
backends: { max_rest: 0s, breaker: { failures: 0 } }
stream: { commit_after: 100ms }
observability:
  tracing:
    sampler: { type: always }
    exporter: { type: otlp, endpoint: "${sink.endpoint}", protocol: http/json }
    batch: { max_queue: 100000, delay: 100ms }
`;
}
