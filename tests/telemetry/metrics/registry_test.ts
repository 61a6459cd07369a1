import { assertEquals, assertStrictEquals } from "@std/assert";
import { METRIC_NAMES, METRICS } from "../../../lib/telemetry/names/metrics.ts";
import { Registry } from "../../../lib/telemetry/metrics/registry.ts";
import { scrape } from "./scrape.ts";

Deno.test("Registry gives one series for one set of label values", () => {
  const registry = new Registry();
  const labels = ["GET", "/metrics", "200"];
  assertStrictEquals(
    registry.counter("http_requests_total", labels),
    registry.counter("http_requests_total", labels),
  );
});

Deno.test("Registry tells label values apart that look alike when joined", () => {
  const registry = new Registry();
  registry.counter("gateway_errors_total", ["a,b", "c", "d"]).add(1);
  registry.counter("gateway_errors_total", ["a", "b,c", "d"]).add(2);
  assertEquals(registry.families.get("gateway_errors_total")?.lines, 2);
});

Deno.test("Registry folds what exceeds a metric's budget into other, and counts it", async () => {
  const registry = new Registry({ perMetric: 5, total: 20_000 });
  for (let i = 0; i < 10; i++) registry.counter("gateway_cancelled_total", [`stage${i}`]).add(1);
  const samples = await scrape(registry);
  assertEquals(registry.families.get("gateway_cancelled_total")?.lines, 5);
  assertEquals(samples.get('gateway_cancelled_total{stage="other"}'), 6);
  assertEquals(samples.get('gateway_cancelled_total{stage="stage3"}'), 1);
  assertEquals(samples.get('gateway_metric_series_folded_total{metric="gateway_cancelled_total"}'), 6);
  assertEquals(registry.folded, 6);
});

Deno.test("Registry counts all lines of a histogram against the budget", () => {
  const registry = new Registry({ perMetric: 60, total: 20_000 });
  // 17 buckets, +Inf, sum and count: twenty lines each.
  for (let i = 0; i < 4; i++) {
    registry.histogram("http_request_duration_seconds", ["GET", `/${i}`, "200"]).observe(1);
  }
  assertEquals(registry.families.get("http_request_duration_seconds")?.lines, 60);
  assertEquals(registry.folded, 2);
});

Deno.test("Registry keeps to the budget of all metrics, with room for each other", () => {
  const registry = new Registry({ perMetric: 2_000, total: 1_000 });
  for (let i = 0; i < 1_000; i++) {
    registry.counter("http_requests_total", ["GET", `/${i}`, "200"]).add(1);
    registry.histogram("http_request_size_bytes", ["GET", `/${i}`]).observe(1);
    registry.counter("gateway_errors_total", [`p${i}`, "m", "e"]).add(1);
  }
  assertEquals(registry.lines <= 1_000, true);
  assertEquals(
    registry.families.get("gateway_errors_total")?.find(["other", "other", "other"]) !== undefined,
    true,
  );
});

Deno.test("Registry shows a value that is read, and leaves out one that cannot be", async () => {
  const registry = new Registry();
  registry.read("conversation_active_count", ["memory"], () => 0);
  registry.read("process_open_fds", [], () => {
    throw new Error("not on this platform");
  });
  const samples = await scrape(registry);
  assertEquals(samples.get('conversation_active_count{backend="memory"}'), 0);
  assertEquals(samples.has("process_open_fds"), false);
});

// Prometheus' own rules, as `promtool check metrics` knows them.
const PROMTOOL_EXCEPTIONS = new Set(["conversation_active_count"]);

for (const name of METRIC_NAMES) {
  Deno.test(`the table's ${name} keeps Prometheus' naming rules`, () => {
    const { type, help, buckets, labels } = METRICS[name];
    assertEquals(/^[a-z][a-z0-9_]*$/.test(name), true);
    assertEquals(help !== "", true);
    assertEquals(name.endsWith("_total"), type === "counter");
    if (!PROMTOOL_EXCEPTIONS.has(name)) {
      assertEquals(/_(count|sum|bucket|info)$/.test(name) && name !== "gateway_build_info", false);
    }
    assertEquals(buckets.length > 0, type === "histogram");
    assertEquals([...buckets], [...buckets].sort((a, b) => a - b));
    assertEquals(labels.includes("le" as never), false);
  });
}

Deno.test("Registry forgets what is added to a metric of a group that is off", async () => {
  const registry = new Registry(undefined, ({ group }) => group !== "requests");
  registry.counter("http_requests_total", ["GET", "/", "200"]).add(1);
  registry.histogram("http_request_size_bytes", ["GET", "/"]).observe(1);
  registry.read("gateway_open_streams", [], () => 1);
  registry.counter("gateway_errors_total", ["p", "m", "e"]).add(1);
  const metrics = await scrape(registry);
  assertEquals([...metrics.keys()], ['gateway_errors_total{provider="p",model="m",error_type="e"}']);
});
