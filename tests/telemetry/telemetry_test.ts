import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Exchange } from "../../lib/telemetry/exchange.ts";
import { createTelemetry, type Telemetry, type TelemetryOptions } from "../../lib/telemetry/telemetry.ts";
import type { TracingOptions } from "../../lib/telemetry/trace_pipeline.ts";
import { freshTrace, traceIdIn } from "../../lib/telemetry/fresh_traces.ts";
import { newSpanId } from "../../lib/telemetry/ids.ts";
import { ManualClock } from "../manual_clock.ts";
import { answeredCall, describeArrival, end, storeOperation } from "./exchanges.ts";
import { samples } from "./metrics/scrape.ts";

const STDOUT: TracingOptions = {
  sampler: { type: "always" },
  exporters: [{ type: "stdout" }],
};

function setUp(options: Partial<TelemetryOptions> = {}) {
  const lines: string[] = [];
  const clock = new ManualClock();
  const telemetry = createTelemetry({
    clock,
    version: "0.1.0",
    writer: {
      write(bytes) {
        lines.push(...new TextDecoder().decode(bytes).trimEnd().split("\n"));
        return Promise.resolve(bytes.length);
      },
    },
    log: { level: "INFO", format: { type: "json", colour: false }, slowMs: 0, requests: false },
    metrics: true,
    resource: { "service.name": "llm-gateway" },
    tracing: null,
    ...options,
  });
  return { telemetry, clock, lines };
}

/** What the pipeline does at a request's start. */
function arrive(telemetry: Telemetry): Exchange {
  const exchange = describeArrival(telemetry.recorder.open());
  exchange.traced = telemetry.traced;
  exchange.traceId = traceIdIn(freshTrace());
  exchange.spanId = newSpanId();
  exchange.sampled = telemetry.sampler.shouldSample(null, exchange.traceId);
  return exchange;
}

Deno.test("createTelemetry() logs each request once and counts it", async () => {
  const { telemetry, lines } = setUp();
  const exchange = arrive(telemetry);
  answeredCall(exchange);
  end(exchange, "success", 200);
  const metrics = samples((await telemetry.renderMetrics()).text);
  assertEquals(metrics.get('http_requests_total{method="POST",path="/v1/responses",status="200"}'), 1);
  await telemetry.shutdown();
  assertEquals(lines.map((line) => JSON.parse(line).event), ["request.end"]);
});

Deno.test("createTelemetry() shows its gauges from the start", async () => {
  const { telemetry } = setUp({ tracing: STDOUT });
  telemetry.watchConversations({ backend: "memory", activeCount: () => 0 });
  const { text } = await telemetry.renderMetrics();
  assertStringIncludes(
    text,
    "# HELP conversation_active_count Number of active conversations\n" +
      "# TYPE conversation_active_count gauge\n" +
      'conversation_active_count{backend="memory"} 0\n',
  );
  const metrics = samples(text);
  for (
    const name of ["gateway_in_flight_requests", "gateway_open_streams", "gateway_event_loop_lag_seconds"]
  ) {
    assertEquals(metrics.get(name), 0, name);
  }
  for (const signal of ["logs", "traces"]) {
    assertEquals(metrics.get(`gateway_telemetry_queue_length{signal="${signal}"}`), 0);
    assertEquals(metrics.get(`gateway_telemetry_dropped_total{signal="${signal}"}`), 0);
  }
  assertEquals(
    [...metrics.keys()].some((name) => name.startsWith('gateway_build_info{version="0.1.0",')),
    true,
  );
  assertEquals((metrics.get("process_cpu_seconds_total") ?? 0) > 0, true);
  assertEquals((metrics.get("process_resident_memory_bytes") ?? 0) > 1e6, true);
  await telemetry.shutdown();
});

Deno.test("createTelemetry() shows requests in flight and streams that are open", async () => {
  const { telemetry } = setUp();
  const [, stream] = [arrive(telemetry), arrive(telemetry)];
  stream.deferred = true;
  const metrics = samples((await telemetry.renderMetrics()).text);
  assertEquals([metrics.get("gateway_in_flight_requests"), metrics.get("gateway_open_streams")], [2, 1]);
  await telemetry.shutdown();
});

Deno.test("createTelemetry() writes spans of sampled traces to stdout, with the ids of the log line", async () => {
  const { telemetry, lines } = setUp({ tracing: STDOUT });
  const exchange = arrive(telemetry);
  answeredCall(exchange);
  end(exchange, "success", 200);
  await telemetry.shutdown();
  const [log, ...spans] = lines.map((line) => JSON.parse(line));
  assertEquals(spans.map((span) => span.Name), ["HTTP POST /v1/responses", "provider.generate", "POST"]);
  assertEquals([log.trace_id, log.span_id], [spans[0].SpanContext.TraceID, spans[0].SpanContext.SpanID]);
});

Deno.test("createTelemetry() makes ids and no spans when there is no exporter", async () => {
  const { telemetry, lines } = setUp({ tracing: { ...STDOUT, exporters: [] } });
  assertEquals(telemetry.traced, true);
  end(arrive(telemetry), "success", 200);
  await telemetry.shutdown();
  assertEquals(lines.length, 1);
  assertEquals(typeof JSON.parse(lines[0] ?? "").trace_id, "string");
});

Deno.test("createTelemetry() serves without traces when their exporter cannot be made", async () => {
  const { telemetry, lines } = setUp({
    tracing: {
      ...STDOUT,
      exporters: [{
        type: "otlp",
        protocol: "http/protobuf",
        url: "https://localhost:4318/v1/traces",
        tls: { ca: null, certificate: "not a certificate", key: "not a key" },
      }],
    },
  });
  end(arrive(telemetry), "success", 200);
  await telemetry.shutdown();
  const [first, second] = lines.map((line) => JSON.parse(line));
  assertEquals(first.level, "ERROR");
  assertStringIncludes(first.msg, "Failed to initialise tracing: ");
  assertEquals(second.event, "request.end");
});

Deno.test("createTelemetry() exports to a collector, and flushes at the end", async () => {
  let bodies = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    bodies += (await request.arrayBuffer()).byteLength > 0 ? 1 : 0;
    return new Response();
  });
  const { telemetry } = setUp({
    tracing: {
      ...STDOUT,
      exporters: [{
        type: "otlp",
        protocol: "http/protobuf",
        url: `http://127.0.0.1:${server.addr.port}/v1/traces`,
      }],
    },
  });
  end(arrive(telemetry), "success", 200);
  await telemetry.shutdown();
  assertEquals(bodies, 1);
  const metrics = samples((await telemetry.renderMetrics()).text);
  assertEquals(metrics.get('gateway_telemetry_exported_total{signal="traces"}'), 1);
  await server.shutdown();
});

Deno.test("createTelemetry() warns once of a request that stays open", async () => {
  const { telemetry, clock, lines } = setUp({
    log: { level: "INFO", format: { type: "json", colour: false }, slowMs: 1000, requests: false },
  });
  const exchange = arrive(telemetry);
  clock.advance(5000);
  exchange.finish("success", 200, clock.now());
  await telemetry.shutdown();
  assertEquals(lines.map((line) => [JSON.parse(line).event, JSON.parse(line).level]), [
    ["request.open", "WARNING"],
    ["request.slow", "WARNING"],
  ]);
});

Deno.test("createTelemetry() logs the start of requests when that is wanted", async () => {
  for (
    const [requests, level, expected] of [[true, "INFO", 1], [false, "INFO", 0], [false, "DEBUG", 1]] as const
  ) {
    const { telemetry, lines } = setUp({
      log: { level, format: { type: "json", colour: false }, slowMs: 0, requests },
    });
    telemetry.logStart(arrive(telemetry));
    await telemetry.shutdown();
    assertEquals(lines.length, expected);
  }
});

Deno.test("createTelemetry() has the same count of lines, counters and root spans after any mix of outcomes", async () => {
  const { telemetry, clock, lines } = setUp({
    log: { level: "DEBUG", format: { type: "json", colour: false }, slowMs: 50, requests: false },
    tracing: STDOUT,
  });
  const outcomes = ["success", "rejected", "error", "cancelled", "blocked"] as const;
  const statuses = { success: 200, rejected: 404, error: 502, cancelled: 499, blocked: 403 };
  const open: Exchange[] = [];
  // A fixed sequence, so that a failure can be repeated.
  let seed = 42;
  const random = (below: number) => (seed = seed * 1103515245 + 12345 & 0x7fffffff) % below;
  for (let i = 0; i < 5000; i++) {
    const exchange = arrive(telemetry);
    if (random(2) === 0) answeredCall(exchange, random(2) === 0 ? "generate" : "generate_stream");
    if (random(3) === 0) storeOperation(exchange, "create");
    open.push(exchange);
    clock.advance(random(3));
    // The log's queue is bounded: lines go out between requests, as they do in a server.
    if (i % 100 === 0) await telemetry.sink.flush(10_000);
    while (open.length > random(20)) {
      const outcome = outcomes[random(5)] ?? "success";
      const [ended] = open.splice(random(open.length), 1);
      ended?.finish(outcome, statuses[outcome], clock.now());
      // Whoever comes second changes nothing.
      if (random(4) === 0) ended?.finish("error", 500, clock.now());
    }
  }
  for (const exchange of open) exchange.finish("success", 200, clock.now());
  const metrics = samples((await telemetry.renderMetrics()).text);
  await telemetry.shutdown();
  const parsed = lines.map((line) => JSON.parse(line));
  const closing = parsed.filter((line) =>
    /^request\.(end|slow|cancelled|blocked|rejected|error)$/.test(line.event)
  );
  const roots = parsed.filter((line) => line.Name === "HTTP POST /v1/responses");
  let counted = 0;
  for (const [name, value] of metrics) if (name.startsWith("http_requests_total")) counted += value;
  assertEquals([closing.length, roots.length, counted, telemetry.recorder.opened], [5000, 5000, 5000, 5000]);
  const tokens = closing.reduce((sum, line) => sum + (line.input_tokens ?? 0), 0);
  assertEquals(
    metrics.get('provider_tokens_total{provider="openai",model="gpt-4o-mini-2024-07-18",type="input"}'),
    tokens,
  );
});
