import { assertEquals, assertStringIncludes } from "@std/assert";
import { metricsEndpoint } from "../../lib/endpoints/metrics.ts";
import { createTelemetry, type Telemetry } from "../../lib/telemetry/telemetry.ts";
import { ManualClock } from "../manual_clock.ts";

function setUp(): {
  telemetry: Telemetry;
  scrape: (headers?: Record<string, string>) => Promise<Response>;
  lines: string[];
} {
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
  const scrape = (headers: Record<string, string> = {}) => {
    const exchange = telemetry.recorder.open();
    exchange.request = new Request("http://localhost/metrics", { headers });
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

const ACCEPTS: readonly (readonly [accept: string, openmetrics: boolean])[] = [
  ["", false],
  ["*/*", false],
  ["text/plain", false],
  ["application/openmetrics-text", true],
  [
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    true,
  ],
  ["application/openmetrics-text;q=0.3,text/plain;q=0.5", false],
  ["application/openmetrics-text;q=0", false],
];

for (const [accept, openmetrics] of ACCEPTS) {
  Deno.test(`metricsEndpoint() answers "${accept}" in ${openmetrics ? "OpenMetrics" : "Prometheus' text"}`, async () => {
    const { telemetry, scrape } = setUp();
    const response = await scrape({ accept });
    const text = await response.text();
    const type = openmetrics
      ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
      : "text/plain; version=0.0.4; charset=utf-8";
    assertEquals(response.headers.get("content-type"), type);
    assertEquals(text.endsWith("# EOF\n"), openmetrics);
    assertStringIncludes(text, `# TYPE http_requests${openmetrics ? "" : "_total"} counter\n`);
    assertStringIncludes(text, 'http_requests_total{method="GET",path="/metrics",status="200"} 1\n');
    await telemetry.shutdown();
  });
}

Deno.test("metricsEndpoint() compresses for who can read it", async () => {
  const { telemetry, scrape } = setUp();
  for (
    const [encoding, compressed] of [["gzip, deflate", true], ["gzip;q=0", false], [
      "identity",
      false,
    ]] as const
  ) {
    const response = await scrape({ "accept-encoding": encoding });
    assertEquals(response.headers.get("content-encoding"), compressed ? "gzip" : null);
    const stream = response.body as ReadableStream<Uint8Array<ArrayBuffer>>;
    const plain = compressed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
    assertStringIncludes(await new Response(plain).text(), "# TYPE http_requests_total counter");
  }
  await telemetry.shutdown();
});
