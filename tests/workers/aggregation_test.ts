import { assert, assertEquals } from "@std/assert";
import { Registry } from "../../lib/telemetry/metrics/registry.ts";
import { type Snapshot, takeSnapshot } from "../../lib/telemetry/metrics/snapshot.ts";
import { Aggregation } from "../../lib/workers/aggregation.ts";
import { scrape } from "../telemetry/metrics/scrape.ts";

function process(fill: (registry: Registry) => void): Snapshot {
  const registry = new Registry();
  fill(registry);
  // As it comes from another process.
  return JSON.parse(JSON.stringify(takeSnapshot(registry)));
}

const REQUEST = ["GET", "/v1/models", "200"];
const COUNT = 'http_requests_total{method="GET",path="/v1/models",status="200"}';

Deno.test("Aggregation adds counters and histograms, and keeps those of processes that ended", async () => {
  const aggregation = new Aggregation(new Registry());
  const one = process((registry) => {
    registry.counter("http_requests_total", REQUEST).add(3);
    registry.histogram("gateway_overhead_seconds", []).observe(0.0005, 2);
  });
  const two = process((registry) => {
    registry.counter("http_requests_total", REQUEST).add(4);
    registry.histogram("gateway_overhead_seconds", []).observe(0.3);
  });
  const shown = async (...living: Snapshot[]) => {
    aggregation.show(living);
    const all = await scrape(aggregation.registry);
    return [
      all.get(COUNT),
      all.get("gateway_overhead_seconds_count"),
      all.get('gateway_overhead_seconds_bucket{le="0.001"}'),
      all.get("gateway_overhead_seconds_sum"),
    ];
  };
  assertEquals(await shown(one, two), [7, 3, 2, 0.301]);
  assertEquals(await shown(one, two), [7, 3, 2, 0.301]);
  aggregation.retire(one);
  assertEquals(await shown(two), [7, 3, 2, 0.301]);
  assertEquals(await shown(two, one), [10, 5, 4, 0.302]);
});

Deno.test("Aggregation puts gauges together by their kind, and lets those of the dead go", async () => {
  const gauges = (inFlight: number, lag: number, up: number) =>
    process((registry) => {
      registry.read("gateway_in_flight_requests", [], () => inFlight);
      registry.read("gateway_event_loop_lag_seconds", [], () => lag);
      registry.read("gateway_telemetry_exporter_up", ["logs"], () => up);
    });
  const aggregation = new Aggregation(new Registry());
  const shown = async (...living: Snapshot[]) => {
    aggregation.show(living);
    const all = await scrape(aggregation.registry);
    return [
      "gateway_in_flight_requests",
      "gateway_event_loop_lag_seconds",
      'gateway_telemetry_exporter_up{signal="logs"}',
    ].map((name) => all.get(name));
  };
  const [one, two] = [gauges(3, 0.2, 1), gauges(4, 0.1, 0)];
  assertEquals(await shown(one, two), [7, 0.2, 0]);
  aggregation.retire(two);
  assertEquals(await shown(one), [3, 0.2, 1]);
  assertEquals(await shown(), [undefined, undefined, undefined]);
});

Deno.test("Aggregation keeps the later of two exemplars", () => {
  const traced = (traceId: string, time: number) =>
    process((registry) =>
      registry.histogram("gateway_overhead_seconds", []).observeTraced(0.0005, traceId, time)
    );
  const aggregation = new Aggregation(new Registry());
  const traceOf = (snapshot: Snapshot) => {
    const value = snapshot.gateway_overhead_seconds?.[0]?.value;
    return typeof value === "object" ? value.exemplars?.map(([, traceId]) => traceId) : undefined;
  };
  const [early, late] = [traced("a".repeat(32), 1), traced("b".repeat(32), 2)];
  assertEquals(traceOf(aggregation.show([early, late])), ["b".repeat(32)]);
  assertEquals(traceOf(aggregation.show([late, early])), ["b".repeat(32)]);
});

Deno.test("Aggregation stays within the budget of one process, and no line goes back", () => {
  const aggregation = new Aggregation(new Registry());
  const many = (from: number) =>
    process((registry) => {
      for (let i = from; i < from + 600; i++) {
        registry.counter("http_requests_total", ["GET", `/${i}`, "200"]).add(1);
        registry.histogram("http_request_duration_seconds", ["GET", `/${i}`, "200"]).observe(1);
      }
    });
  const totals = (snapshot: Snapshot) =>
    new Map(
      (snapshot.http_requests_total ?? []).map(({ labels, value }) => [labels.join(), Number(value)]),
    );
  const living: Snapshot[] = [];
  let before = new Map<string, number>();
  for (let round = 0; round < 8; round++) {
    living.push(many(round * 600));
    const dead = round % 2 === 1 ? living.shift() : undefined;
    if (dead !== undefined) aggregation.retire(dead);
    const now = totals(aggregation.show(living));
    for (const [labels, value] of before) assert((now.get(labels) ?? 0) >= value, labels);
    before = now;
    assertEquals([...now.values()].reduce((sum, value) => sum + value, 0), (round + 1) * 600);
    for (const family of aggregation.registry.families.values()) assert(family.lines <= 2_000, family.name);
    assert(aggregation.registry.lines <= 20_000);
  }
});

Deno.test("Aggregation leaves out what it does not know", () => {
  const aggregation = new Aggregation(new Registry());
  const strange = {
    nobody_knows_total: [{ labels: [], value: 1 }],
    http_requests_total: [{ labels: ["GET"], value: 1 }, { labels: REQUEST, value: { sum: 1, counts: [] } }],
    gateway_overhead_seconds: [{ labels: [], value: { sum: 1, counts: [1] } }],
  } as Snapshot;
  assertEquals(aggregation.show([strange]).http_requests_total, undefined);
});
