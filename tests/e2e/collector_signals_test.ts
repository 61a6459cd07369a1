import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { attributesOf, type CollectedMetric, startCollector } from "./collector.ts";
import { GatewayProcess, type LogLine } from "./gateway_process.ts";

const REQUESTS = 60;

function config(protocol: string, endpoint: string): string {
  return `
logging: { format: json }
server: { drain_delay: 0s }
providers: { mock: { type: mock } }
models: { mock: mock/mock }
observability:
  tracing:
    sampler: { type: always }
    exporter: { type: otlp, protocol: ${protocol}, endpoint: "${endpoint}", compression: gzip }
    batch: { delay: 100ms, max_size: 20 }
  metrics: { exporter: { type: otlp }, interval: 200ms }
  logs: { exporter: { type: otlp }, batch: { delay: 100ms } }
`;
}

/** Whole, streamed and refused ones. */
async function send(gateway: GatewayProcess): Promise<void> {
  await Promise.all(Array.from({ length: REQUESTS }, async (_, i) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({
        model: i % 3 === 2 ? "absent" : "mock",
        stream: i % 3 === 1,
        messages: [{ role: "user", content: "hello é ✓" }],
      }),
    });
    assertEquals(response.status, i % 3 === 2 ? 404 : 200);
    await response.text();
  }));
}

/** The closing lines and the program's own, without what the collector has in other places. */
function fieldsOf({ time, timestamp, level, msg, message, event, trace_id, span_id, ...fields }: LogLine) {
  assertEquals([time, message], [timestamp, msg]);
  return { level, msg, event, trace_id, span_id, fields };
}

function countOf(metrics: readonly CollectedMetric[], name: string): number {
  const points = metrics.findLast((metric) => metric.name === name)?.histogram?.dataPoints ?? [];
  return points.reduce((sum, { count }) => sum + Number(count), 0);
}

for (const protocol of ["grpc", "http/protobuf", "http/json"]) {
  Deno.test({
    name:
      `spans, logs and metrics of ${REQUESTS} requests arrive at a collector over ${protocol} as they were`,
    ...requires("collector"),
    async fn() {
      const collector = await startCollector();
      const gateway = await GatewayProcess.start({
        config: config(protocol, protocol === "grpc" ? collector.grpc : collector.http),
      });
      try {
        await send(gateway);
        assertEquals((await gateway.stop()).code, 0);
      } finally {
        await gateway.stop("SIGKILL");
      }
      const { spans, logs, metrics } = await collector.stopAll();

      const closing = gateway.logs.filter((line) => String(line.event).startsWith("request."));
      assertEquals(closing.length, REQUESTS);
      // Two of three requests have a call with one attempt.
      assertEquals(spans.length, REQUESTS + 2 * (REQUESTS * 2 / 3));
      const roots = spans.filter((span) => (span.parentSpanId ?? "") === "");
      assertEquals(
        roots.map((span) => attributesOf(span)["http.request_id"]).toSorted(),
        closing.map((line) => line.request_id).toSorted(),
      );
      assertEquals(new Set(spans.map(({ resource }) => resource["service.instance.id"])).size, 1);

      // The last lines come when the exporters are closed already.
      const told = gateway.logs.slice(0, logs.length).map(fieldsOf);
      assert(logs.length >= gateway.logs.length - 2, `${logs.length} of ${gateway.logs.length}`);
      const byId = (a: { fields: Record<string, unknown> }, b: { fields: Record<string, unknown> }) =>
        String(a.fields["request_id"]).localeCompare(String(b.fields["request_id"]));
      const arrived = logs.map((log) => ({
        level: log.severityText,
        msg: log.body.stringValue,
        event: log.eventName,
        trace_id: log.traceId === "" ? undefined : log.traceId,
        span_id: log.spanId === "" ? undefined : log.spanId,
        fields: attributesOf(log),
      }));
      assertEquals(arrived.toSorted(byId), told.toSorted(byId));

      assertEquals(countOf(metrics, "http.server.request.duration"), REQUESTS);
      assertEquals(countOf(metrics, "gen_ai.client.operation.duration"), REQUESTS * 2 / 3);
      const tokens = closing.reduce((sum, line) => sum + Number(line.input_tokens ?? 0), 0);
      const usage = metrics.findLast(({ name }) => name === "gen_ai.client.token.usage");
      const input = usage?.histogram?.dataPoints.filter((point) =>
        attributesOf(point)["gen_ai.token.type"] === "input"
      );
      assertEquals(input?.reduce((sum, point) => sum + (point.sum ?? 0), 0), tokens);
    },
  });
}
