/** Telemetry by other options while it goes on. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { ExporterOptions } from "../../lib/telemetry/exporters/create_exporter.ts";
import type { Exchange } from "../../lib/telemetry/exchange.ts";
import { freshTrace, traceIdIn } from "../../lib/telemetry/fresh_traces.ts";
import { newSpanId } from "../../lib/telemetry/ids.ts";
import {
  createTelemetry,
  samplerOf,
  type Telemetry,
  type TelemetryOptions,
} from "../../lib/telemetry/telemetry.ts";
import { ManualClock } from "../manual_clock.ts";
import { decodeRequest, spansOf } from "./exporters/otlp_decoder.ts";
import { answeredCall, describeArrival, end } from "./exchanges.ts";
import { samples } from "./metrics/scrape.ts";

const LOG: TelemetryOptions["log"] = {
  level: "INFO",
  format: { type: "json", colour: false },
  slowMs: 0,
  requests: false,
};
const ROTATION = { maxSize: 0, daily: false, keep: 0, compress: false };

/** A collector over OTLP/HTTP; answers once `answers` lets it. */
class Collector implements AsyncDisposable {
  spans = 0;
  metrics = 0;
  answers: Promise<void> = Promise.resolve();
  readonly #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    await this.answers;
    if (request.url.endsWith("/v1/traces")) this.spans += spansOf(decodeRequest(body)).length;
    else this.metrics++;
    return new Response();
  });

  exporter(path = "v1/traces"): ExporterOptions {
    return {
      type: "otlp",
      protocol: "http/protobuf",
      url: `http://127.0.0.1:${this.#server.addr.port}/${path}`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function setUp(more: Partial<TelemetryOptions> = {}) {
  const lines: string[] = [];
  const clock = new ManualClock();
  const first: TelemetryOptions = {
    clock,
    version: "0.1.0",
    writer: {
      write(bytes) {
        lines.push(...new TextDecoder().decode(bytes).trimEnd().split("\n"));
        return Promise.resolve(bytes.length);
      },
    },
    log: LOG,
    metrics: true,
    resource: { "service.name": "llm-gateway" },
    tracing: null,
    ...more,
  };
  const telemetry = createTelemetry(first);
  const change = (more: Partial<TelemetryOptions>) => {
    const next = { ...first, ...more };
    telemetry.prepare(next, samplerOf(next.tracing)).commit();
  };
  return { telemetry, clock, lines, change };
}

function traced(...exporters: ExporterOptions[]): TelemetryOptions["tracing"] {
  return { sampler: { type: "always" }, exporters };
}

function arrive(telemetry: Telemetry): Exchange {
  const exchange = describeArrival(telemetry.recorder.open());
  exchange.traced = telemetry.traced;
  exchange.traceId = traceIdIn(freshTrace());
  exchange.spanId = newSpanId();
  exchange.sampled = true;
  return exchange;
}

function request(telemetry: Telemetry): void {
  const exchange = arrive(telemetry);
  answeredCall(exchange);
  end(exchange, "success", 200);
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line));

async function until(done: () => boolean, what: string): Promise<void> {
  const timeout = performance.now() + 5_000;
  while (!done()) {
    assert(performance.now() < timeout, `in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("another exporter: what waits goes to the one before, what comes to the next, in one account", async () => {
  await using a = new Collector();
  await using b = new Collector();
  const { telemetry, change } = setUp({ tracing: traced(a.exporter()) });
  for (let i = 0; i < 5; i++) request(telemetry);
  change({ tracing: traced(b.exporter()) });
  for (let i = 0; i < 7; i++) request(telemetry);
  await telemetry.shutdown();
  assertEquals([a.spans, b.spans], [15, 21]);
  assertEquals({ ...telemetry.signals.traces }, {
    produced: 36,
    exported: 36,
    dropped: 0,
    failed: 0,
    queued: 0,
  });
});

Deno.test("another exporter while the one before does not answer: the account closes at any moment", async () => {
  await using a = new Collector();
  await using b = new Collector();
  const silence = Promise.withResolvers<void>();
  a.answers = silence.promise;
  const { telemetry, clock, change } = setUp({ tracing: traced(a.exporter()) });
  for (let i = 0; i < 5; i++) request(telemetry);
  change({ tracing: traced(b.exporter()) });
  for (let i = 0; i < 7; i++) request(telemetry);
  await telemetry.renderMetrics();
  const { traces } = telemetry.signals;
  const before = [traces?.balanced, traces?.queued];
  clock.advance(5_000);
  await until(() => b.spans === 21, "the spans of the next");
  // The one before gets no more time than there is.
  await telemetry.shutdown(700);
  silence.resolve();
  assertEquals({ ...traces }, { produced: 36, exported: 21, dropped: 15, failed: 1, queued: 0 });
  assertEquals(before, [true, 36]);
});

Deno.test("an exporter that stays keeps what waits in it, however much else changes", async () => {
  await using a = new Collector();
  await using b = new Collector();
  const { telemetry, change } = setUp({ tracing: traced(a.exporter()) });
  request(telemetry);
  change({ log: { ...LOG, level: "DEBUG" }, tracing: traced(b.exporter(), a.exporter()) });
  assertEquals(telemetry.signals.traces?.queued, 3);
  request(telemetry);
  assertEquals(telemetry.health().map(({ signal }) => signal), ["logs", "traces", "traces"]);
  await telemetry.shutdown();
  assertEquals([a.spans, b.spans], [6, 3]);
});

Deno.test("traces begin, end and begin again; their account goes on", async () => {
  await using collector = new Collector();
  const { telemetry, change } = setUp();
  const shown = async (name: string) =>
    samples((await telemetry.renderMetrics()).text).get(`gateway_telemetry_${name}{signal="traces"}`);
  request(telemetry);
  assertEquals([telemetry.traced, telemetry.signals.traces, await shown("produced_total")], [
    false,
    undefined,
    undefined,
  ]);
  change({ tracing: traced(collector.exporter()) });
  request(telemetry);
  assertEquals([telemetry.traced, await shown("produced_total"), await shown("exporter_up")], [true, 3, 1]);
  change({ tracing: null });
  request(telemetry);
  assertEquals([telemetry.traced, await shown("produced_total")], [false, 3]);
  assertEquals(await shown("exporter_up"), undefined, "they go nowhere");
  change({ tracing: traced(collector.exporter()) });
  request(telemetry);
  await telemetry.shutdown();
  assertEquals([collector.spans, telemetry.signals.traces?.exported], [6, 6]);
});

Deno.test("an exporter that cannot be made is refused, and nothing has changed", async () => {
  await using collector = new Collector();
  const { telemetry, lines } = setUp({ tracing: traced(collector.exporter()) });
  const bad: ExporterOptions = {
    type: "otlp",
    protocol: "http/protobuf",
    url: "https://localhost:4318/v1/traces",
    tls: { ca: null, certificate: "not a certificate", key: "not a key" },
  };
  const next: TelemetryOptions = {
    clock: new ManualClock(),
    version: "0.1.0",
    writer: { write: (bytes) => Promise.resolve(bytes.length) },
    log: { ...LOG, level: "ERROR" },
    metrics: true,
    resource: {},
    tracing: null,
    logExport: { exporters: [bad] },
  };
  assertThrows(() => telemetry.prepare(next, telemetry.sampler), Error, "Failed to initialise logs: ");
  request(telemetry);
  await telemetry.shutdown();
  assertEquals([collector.spans, lines.length], [3, 1]);
});

Deno.test("one that could not be made at the start is no reason to refuse another change", async () => {
  const bad: ExporterOptions = {
    type: "otlp",
    protocol: "http/protobuf",
    url: "https://localhost:4318/v1/traces",
    tls: { ca: null, certificate: "not a certificate", key: "not a key" },
  };
  const { telemetry, lines, change } = setUp({ tracing: traced(bad) });
  change({ tracing: traced(bad), log: { ...LOG, requests: true } });
  telemetry.logStart(arrive(telemetry));
  await telemetry.shutdown();
  assertEquals(parsed(lines).map(({ level, event }) => [level, event ?? ""]), [["ERROR", ""], [
    "INFO",
    "request.start",
  ]]);
});

Deno.test("what was prepared and is given up changes nothing", async () => {
  await using a = new Collector();
  await using b = new Collector();
  const { telemetry } = setUp({ tracing: traced(a.exporter()) });
  request(telemetry);
  telemetry.prepare({
    clock: new ManualClock(),
    version: "0.1.0",
    writer: { write: (bytes) => Promise.resolve(bytes.length) },
    log: LOG,
    metrics: true,
    resource: {},
    tracing: traced(b.exporter()),
  }, telemetry.sampler).abort();
  request(telemetry);
  await telemetry.shutdown();
  assertEquals([a.spans, b.spans], [6, 0]);
});

Deno.test("metrics are pushed from then on, and a last time where they went before", async () => {
  await using a = new Collector();
  await using b = new Collector();
  const push = (collector: Collector) => ({
    metricsPush: { exporters: [collector.exporter("v1/metrics")], interval: 1000 },
  });
  const { telemetry, clock, change } = setUp();
  change(push(a));
  request(telemetry);
  clock.advance(1000);
  await until(() => a.metrics === 1, "the first push");
  change(push(b));
  await until(() => a.metrics === 2, "the last push");
  clock.advance(1000);
  await until(() => b.metrics > 0, "a push to the next");
  await telemetry.shutdown();
  assertEquals([a.metrics, telemetry.signals.metrics?.balanced], [2, true]);
});

Deno.test("the log's level, form and threshold change; what has ended is told as it was before", async () => {
  const { telemetry, clock, lines, change } = setUp();
  const ended = arrive(telemetry);
  clock.advance(100);
  ended.finish("success", 200, clock.now());
  const slow = arrive(telemetry);
  change({ log: { ...LOG, level: "WARNING", slowMs: 50 } });
  clock.advance(1_000);
  slow.finish("success", 200, clock.now());
  arrive(telemetry).finish("success", 200, clock.now());
  change({ log: { ...LOG, format: { type: "pretty", colour: false } } });
  request(telemetry);
  await telemetry.shutdown();
  const pretty = lines.pop() ?? "";
  assertEquals(parsed(lines).map(({ event }) => event), ["request.end", "request.open", "request.slow"]);
  assert(!pretty.startsWith("{"), pretty);
  assertStringIncludes(pretty, "POST");
});

Deno.test("what is never told changes at once, also of requests under way", async () => {
  const { telemetry, lines, change } = setUp();
  const exchange = arrive(telemetry);
  exchange.metadata = { team: "search", patient: "planted" };
  change({ log: { ...LOG, redact: { paths: [], keys: ["patient"] } } });
  answeredCall(exchange);
  end(exchange, "success", 200);
  await telemetry.shutdown();
  assertEquals(parsed(lines)[0].metadata, { team: "search", patient: "***" });
});

Deno.test("the log goes to a file, to another, and back to standard output, with no line lost", async () => {
  const folder = await Deno.makeTempDir({ prefix: "logs-" });
  try {
    const { telemetry, lines, change } = setUp({ tracing: traced({ type: "stdout" }) });
    const to = (name: string | null) =>
      change({
        tracing: traced({ type: "stdout" }),
        log: { ...LOG, file: name === null ? undefined : { path: `${folder}/${name}`, ...ROTATION } },
      });
    const read = (name: string) => parsed(Deno.readTextFileSync(`${folder}/${name}`).trimEnd().split("\n"));
    request(telemetry);
    to("one.log");
    assertEquals(telemetry.health()[0]?.destination, `file ${folder}/one.log`);
    request(telemetry);
    to("two.log");
    request(telemetry);
    request(telemetry);
    to(null);
    request(telemetry);
    await telemetry.shutdown();
    // The end waits for no slow disk; the lines are out all the same.
    const { logs } = telemetry.signals;
    await until(() => logs?.exported === 20, "all lines");
    assertEquals([logs?.produced, logs?.queued], [20, 0]);
    assertEquals([read("one.log").length, read("two.log").length], [1, 2]);
    const printed = parsed(lines);
    assertEquals(printed.filter(({ event }) => event === "request.end").length, 2);
    // What is meant for standard output stays there.
    assertEquals(printed.filter(({ SpanContext }) => SpanContext !== undefined).length, 15);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
