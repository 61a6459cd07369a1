import { assertEquals, assertStringIncludes } from "@std/assert";
import { metricsEndpoint } from "../../lib/endpoints/metrics.ts";
import { createTelemetry, type Telemetry } from "../../lib/telemetry/telemetry.ts";
import { ManualClock } from "../manual_clock.ts";

function setUp(): { telemetry: Telemetry; scrape: () => Promise<Response>; lines: string[] } {
  const clock = new ManualClock();
  const lines: string[] = [];
  const telemetry = createTelemetry({
    clock,
    version: "0.1.0",
    writer: {
      write(bytes) {
        lines.push(new TextDecoder().decode(bytes));
        return Promise.resolve(bytes.length);
      },
    },
    log: { level: "INFO", format: { type: "json", colour: false }, slowMs: 0, requests: false },
    metrics: true,
    resource: {},
    tracing: null,
  });
  const endpoint = metricsEndpoint(telemetry, clock);
  const scrape = () => {
    const exchange = telemetry.recorder.open();
    exchange.method = "GET";
    exchange.route = exchange.path = "/metrics";
    return endpoint(exchange);
  };
  return { telemetry, scrape, lines };
}

Deno.test("metricsEndpoint() counts the scrape in the scrape itself, as guide 002 shows", async () => {
  const { telemetry, scrape } = setUp();
  telemetry.watchConversations({ backend: "memory", activeCount: () => 0 });
  const response = await scrape();
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  assertStringIncludes(text, 'http_requests_total{method="GET",path="/metrics",status="200"} 1\n');
  assertStringIncludes(text, 'conversation_active_count{backend="memory"} 0\n');
  assertStringIncludes(
    await (await scrape()).text(),
    'http_requests_total{method="GET",path="/metrics",status="200"} 2\n',
  );
  await telemetry.shutdown();
});

Deno.test("metricsEndpoint() records no size, since it cannot know its own, and logs nothing at INFO", async () => {
  const { telemetry, scrape, lines } = setUp();
  const text = await (await scrape()).text();
  assertStringIncludes(text, 'http_response_size_bytes_count{method="GET",path="/metrics"} 0\n');
  await telemetry.shutdown();
  assertEquals(lines, []);
});
