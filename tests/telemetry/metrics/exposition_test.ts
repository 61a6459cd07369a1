import { assertEquals, assertStringIncludes } from "@std/assert";
import { Renderer } from "../../../lib/telemetry/metrics/exposition.ts";
import { Registry } from "../../../lib/telemetry/metrics/registry.ts";

async function render(registry: Registry): Promise<string> {
  return (await new Renderer(registry, () => 0).render()).text;
}

Deno.test("Renderer prints a counter in Prometheus text", async () => {
  const registry = new Registry();
  registry.counter("http_requests_total", ["GET", "/metrics", "200"]).add(1);
  assertStringIncludes(
    await render(registry),
    "# HELP http_requests_total Total number of HTTP requests\n" +
      "# TYPE http_requests_total counter\n" +
      'http_requests_total{method="GET",path="/metrics",status="200"} 1\n',
  );
});

Deno.test("Renderer prints a histogram's buckets cumulatively", async () => {
  const registry = new Registry();
  const series = registry.histogram("http_request_size_bytes", ["POST", "/v1/responses"]);
  for (const size of [0, 256, 257, 1e9]) series.observe(size);
  series.observe(NaN);
  const lines = (await render(registry)).split("\n").filter((line) =>
    line.startsWith("http_request_size_bytes")
  );
  const labels = 'method="POST",path="/v1/responses"';
  assertEquals(lines, [
    `http_request_size_bytes_bucket{le="256",${labels}} 2`,
    ...["1024", "4096", "16384", "65536", "262144", "1048576", "4194304", "16777216"].map(
      (le) => `http_request_size_bytes_bucket{le="${le}",${labels}} 3`,
    ),
    `http_request_size_bytes_bucket{le="+Inf",${labels}} 4`,
    `http_request_size_bytes_sum{${labels}} 1000000513`,
    `http_request_size_bytes_count{${labels}} 4`,
  ]);
});

Deno.test("Renderer escapes label values and leaves out empty ones", async () => {
  const registry = new Registry();
  registry.counter("gateway_errors_total", ['a"b\\\n', "", "e"]).add(1);
  assertStringIncludes(
    await render(registry),
    'gateway_errors_total{provider="a\\"b\\\\\\n",error_type="e"} 1',
  );
});

Deno.test("Renderer says that it is Prometheus' text format", async () => {
  const { contentType } = await new Renderer(new Registry(), () => 0).render();
  assertEquals(contentType, "text/plain; version=0.0.4; charset=utf-8");
});

Deno.test("Renderer lets others have their turn when a text takes long", async () => {
  const registry = new Registry();
  let now = 0;
  const renderer = new Renderer(registry, () => now += 3);
  await renderer.render();
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await renderer.render();
  clearInterval(timer);
  assertEquals(turns > 3, true);
});
