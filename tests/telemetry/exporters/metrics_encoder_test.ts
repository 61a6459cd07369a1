import { assertEquals } from "@std/assert";
import { JsonMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { MetricsEncoder, type Temporality } from "../../../lib/telemetry/exporters/metrics_encoder.ts";
import { OtlpEnvelope } from "../../../lib/telemetry/exporters/otlp_envelope.ts";
import { protobufToJson } from "../../../lib/telemetry/exporters/otlp_json.ts";
import { OTLP_REQUESTS } from "../../../lib/telemetry/exporters/otlp_schema.ts";
import { Registry } from "../../../lib/telemetry/metrics/registry.ts";
import { METRICS } from "../../../lib/telemetry/names/metrics.ts";
import { RESOURCE, SCOPE } from "./spans.ts";

const START = 1_770_000_000_000;
const GEN_AI = ["chat", "openai", "gpt-4o", "api.openai.com", "443"];

interface Point {
  readonly asDouble?: number;
  readonly sum?: number;
  readonly count?: string;
  readonly bucketCounts?: readonly string[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { dataPoints: Point[]; aggregationTemporality: number; isMonotonic: boolean };
  readonly gauge?: { dataPoints: Point[] };
  readonly histogram?: { dataPoints: Point[]; aggregationTemporality: number };
}

function setUp(temporality: Temporality = "cumulative", own = true) {
  const registry = new Registry();
  const encoder = new MetricsEncoder({
    envelope: new OtlpEnvelope(RESOURCE, SCOPE),
    temporality,
    own,
    startedAt: START,
  });
  const collect = (seconds: number) => {
    const batch = encoder.collect(registry.families.values(), START + seconds * 1000);
    const request = JSON.parse(protobufToJson(batch.body, OTLP_REQUESTS.metrics));
    const metrics: Metric[] = request.resourceMetrics[0].scopeMetrics[0].metrics ?? [];
    return { batch, request, metrics, of: (name: string) => metrics.find((metric) => metric.name === name) };
  };
  return { registry, collect };
}

function plain(point: Point | undefined): Record<string, unknown> {
  return Object.fromEntries(
    (point?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
  );
}

Deno.test("MetricsEncoder means what the stock serialiser means", () => {
  const { registry, collect } = setUp();
  registry.counter("gateway_cancelled_total", ["streaming"]).add(3);
  registry.histogram("gen_ai_client_operation_duration_seconds", [...GEN_AI, ""]).observe(0.03, 2);
  registry.read("gateway_open_streams", [], () => 7);
  const point = { startTime: [START / 1000, 0], endTime: [START / 1000 + 60, 0] };
  const { buckets } = METRICS.gen_ai_client_operation_duration_seconds;
  const metric = (name: string, description: string, unit: string, rest: object) => ({
    descriptor: { name, description, unit, valueType: 1 },
    aggregationTemporality: 1,
    ...rest,
  });
  const sdk = {
    resource: { attributes: RESOURCE, asyncAttributesPending: false },
    scopeMetrics: [{
      scope: SCOPE,
      metrics: [
        metric(
          "gen_ai.client.operation.duration",
          METRICS.gen_ai_client_operation_duration_seconds.help,
          "s",
          {
            dataPointType: 0,
            dataPoints: [{
              ...point,
              attributes: {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-4o",
                "server.address": "api.openai.com",
                "server.port": 443,
              },
              value: {
                buckets: { boundaries: buckets, counts: [...buckets.map((b) => b === 0.04 ? 2 : 0), 0] },
                count: 2,
                sum: 0.06,
              },
            }],
          },
        ),
        metric("gateway_open_streams", METRICS.gateway_open_streams.help, "1", {
          dataPointType: 2,
          dataPoints: [{ ...point, attributes: {}, value: 7 }],
        }),
        metric("gateway_cancelled_total", METRICS.gateway_cancelled_total.help, "1", {
          dataPointType: 3,
          isMonotonic: true,
          dataPoints: [{ ...point, attributes: { stage: "streaming" }, value: 3 }],
        }),
      ],
    }],
  };
  const stock = JSON.parse(new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(sdk as never)));
  // Numbers of 64 bits as texts or not; a gauge has no beginning; empty lists are left out.
  const meaning = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (name, it) => {
      if (/^(count|intValue)$/.test(name)) return Number(it);
      if (name === "bucketCounts") return it.map(Number);
      if (name === "attributes" && it.length === 0) return undefined;
      if (name === "droppedAttributesCount") return undefined;
      if (name !== "gauge") return it;
      return { dataPoints: it.dataPoints.map((one: Point) => ({ ...one, startTimeUnixNano: undefined })) };
    }));
  const { request, batch } = collect(60);
  assertEquals(meaning(request), meaning(stock));
  assertEquals(batch.count, 3);
});

Deno.test("MetricsEncoder gives metrics the names of OpenTelemetry's conventions", () => {
  const { registry, collect } = setUp();
  registry.histogram("http_request_duration_seconds", ["POST", "/v1/responses", "200"]).observe(0.1);
  registry.histogram("gen_ai_client_token_usage", [...GEN_AI, "input"]).observe(23);
  const { of } = collect(1);
  const duration = of("http.server.request.duration");
  assertEquals(duration?.unit, "s");
  assertEquals(plain(duration?.histogram?.dataPoints[0]), {
    "http.request.method": "POST",
    "http.route": "/v1/responses",
    "http.response.status_code": "200",
  });
  assertEquals(duration?.histogram?.dataPoints[0]?.attributes[2]?.value, { intValue: "200" });
  const usage = of("gen_ai.client.token.usage");
  assertEquals([usage?.unit, plain(usage?.histogram?.dataPoints[0])["gen_ai.token.type"]], [
    "{token}",
    "input",
  ]);
});

Deno.test("MetricsEncoder leaves out the gateway's own metrics where their profile is not asked for", () => {
  const { registry, collect } = setUp("cumulative", false);
  registry.counter("http_requests_total", ["GET", "/", "200"]).add(1);
  registry.histogram("http_request_duration_seconds", ["GET", "/", "200"]).observe(0.1);
  assertEquals(collect(1).metrics.map(({ name }) => name), ["http.server.request.duration"]);
});

Deno.test("MetricsEncoder says all since the start with cumulative temporality", () => {
  const { registry, collect } = setUp();
  const counter = registry.counter("gateway_cancelled_total", ["streaming"]);
  counter.add(2);
  collect(60).batch.arrived();
  counter.add(3);
  const sum = collect(120).of("gateway_cancelled_total")?.sum;
  assertEquals([sum?.aggregationTemporality, sum?.isMonotonic, sum?.dataPoints[0]?.asDouble], [2, true, 5]);
  assertEquals(sum?.dataPoints[0]?.startTimeUnixNano, `${START}000000`);
});

Deno.test("MetricsEncoder says what is new with delta temporality, once it arrived", () => {
  const { registry, collect } = setUp("delta");
  const counter = registry.counter("gateway_cancelled_total", ["streaming"]);
  const histogram = registry.histogram("gateway_overhead_seconds", []);
  counter.add(2);
  histogram.observe(0.0001, 4);
  assertEquals(collect(60).of("gateway_cancelled_total")?.sum?.dataPoints[0]?.asDouble, 2);
  // It did not arrive: what was new still is.
  counter.add(3);
  const second = collect(120);
  const point = second.of("gateway_cancelled_total")?.sum?.dataPoints[0];
  assertEquals([point?.asDouble, point?.startTimeUnixNano], [5, `${START}000000`]);
  assertEquals(second.of("gateway_overhead_seconds")?.histogram?.dataPoints[0]?.count, "4");
  second.batch.arrived();
  // Nothing new is nothing to say.
  assertEquals(collect(180).metrics, []);
  histogram.observe(0.0001);
  const last = collect(240).of("gateway_overhead_seconds")?.histogram;
  assertEquals([last?.aggregationTemporality, last?.dataPoints[0]?.count], [1, "1"]);
  assertEquals(last?.dataPoints[0]?.startTimeUnixNano, `${START + 120_000}000000`);
});

Deno.test("MetricsEncoder in another's place goes on where that left off, if both count alike", () => {
  const registry = new Registry();
  const counter = registry.counter("gateway_cancelled_total", ["streaming"]);
  const encoder = (temporality: Temporality, before: MetricsEncoder | null) =>
    new MetricsEncoder({
      envelope: new OtlpEnvelope(RESOURCE, SCOPE),
      temporality,
      own: true,
      startedAt: START,
      before,
    });
  const pointOf = (of: MetricsEncoder, seconds: number): Point | undefined => {
    const { body } = of.collect(registry.families.values(), START + seconds * 1000);
    const request = JSON.parse(protobufToJson(body, OTLP_REQUESTS.metrics));
    return request.resourceMetrics[0].scopeMetrics[0].metrics[0].sum.dataPoints[0];
  };
  const first = encoder("delta", null);
  counter.add(2);
  first.collect(registry.families.values(), START + 60_000).arrived();
  counter.add(3);
  // This did not arrive.
  assertEquals(pointOf(first, 120)?.asDouble, 3);
  counter.add(1);
  const next = pointOf(encoder("delta", first), 180);
  assertEquals([next?.asDouble, next?.startTimeUnixNano], [4, `${START + 60_000}000000`]);
  const other = pointOf(encoder("cumulative", first), 180);
  assertEquals([other?.asDouble, other?.startTimeUnixNano], [6, `${START}000000`]);
});

Deno.test("MetricsEncoder with lowmemory counts anew only what requests add to", () => {
  const { registry, collect } = setUp("lowmemory");
  registry.counter("gateway_cancelled_total", ["streaming"]).add(2);
  registry.read("process_cpu_seconds_total", [], () => 9);
  collect(60).batch.arrived();
  const { metrics, of } = collect(120);
  assertEquals(metrics.map(({ name }) => name), ["process_cpu_seconds_total"]);
  assertEquals(of("process_cpu_seconds_total")?.sum?.aggregationTemporality, 2);
});

Deno.test("MetricsEncoder leaves out a gauge that has no value now", () => {
  const { registry, collect } = setUp();
  registry.read("gateway_open_streams", [], () => NaN);
  const { batch, metrics } = collect(1);
  assertEquals([batch.count, metrics], [0, []]);
});
