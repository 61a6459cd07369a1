/** The ledger of a request's time: header, log, histogram and span say the same, and what they say is so. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess, type LogLine } from "./gateway_process.ts";
import { attributesOf, spansOf } from "./spans.ts";

/** Milliseconds that the provider takes, whatever it is asked. */
const LATENCY = 200;
const REQUESTS = 8;
/** Of the quickest request: the others may have waited for a processor that other programs held. */
const FEW = 10;

interface Ledger {
  readonly line: LogLine;
  /** `server-timing` by phase; for a stream what was known when its headers went out. */
  readonly timing: ReadonlyMap<string, number>;
  readonly header: string | null;
  readonly root: Readonly<Record<string, unknown>>;
  readonly phases: ReadonlyMap<string, number>;
}

class Scene implements AsyncDisposable {
  private constructor(readonly gateway: GatewayProcess, readonly upstream: Deno.HttpServer) {}

  static async start(): Promise<Scene> {
    const upstream = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      createMockHandler({ behaviour: `latency=${LATENCY}ms` }),
    );
    const origin = `http://127.0.0.1:${(upstream.addr as Deno.NetAddr).port}`;
    const config = `
server: { drain_delay: 0s, headers: { overhead: true, server_timing: true } }
auth: { keys: [{ name: app, key: planted-key }] }
providers:
  same: { type: openai_compatible, base_url: "${origin}/v1" }
  other: { type: anthropic, base_url: "${origin}" }
  narrow: { type: openai_compatible, base_url: "${origin}/v1", max_connections: 1 }
models: { same: same/m, other: other/m, narrow: narrow/m }
observability: { tracing: { exporter: { type: stdout } } }
`;
    return new Scene(await GatewayProcess.start({ config }), upstream);
  }

  async ask(model: string, stream = false): Promise<Ledger> {
    const response = await fetch(`${this.gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer planted-key" },
      body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "Hi" }] }),
    });
    const text = await response.text();
    assertEquals(response.status, 200, text);
    const id = response.headers.get("x-request-id");
    const line = await this.gateway.log((it) => it["request_id"] === id && it["event"] === "request.end");
    const spans = await spansOf(this.gateway, String(line["trace_id"]), 3);
    const root = attributesOf(spans.find(({ SpanKind }) => SpanKind.toLowerCase().includes("server")));
    const header = response.headers.get("server-timing");
    const timing = (header ?? "").split(", ").filter((it) => it !== "").map((entry): [string, number] => {
      const [phase = "", ms] = entry.split(";dur=");
      return [phase, Number(ms)];
    });
    const phases = Object.entries(root).flatMap(([name, ms]): [string, number][] => {
      const phase = /^gateway\.phase\.(\w+)_ms$/.exec(name)?.[1];
      return phase === undefined ? [] : [[phase, Number(ms)]];
    });
    return {
      line,
      timing: new Map(timing),
      header: response.headers.get("x-gateway-overhead-ms"),
      root,
      phases: new Map(phases),
    };
  }

  async metrics(): Promise<Map<string, number>> {
    return samples(await (await fetch(`${this.gateway.url}/metrics`)).text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await this.upstream.shutdown();
  }
}

Deno.test("in front of a provider that takes 200 ms, the gateway's own time is a few, and everybody says so", async () => {
  await using scene = await Scene.start();
  const ledgers: Ledger[] = [];
  for (let n = 0; n < REQUESTS; n++) ledgers.push(await scene.ask("same"));
  for (const { line, timing, header, root, phases } of ledgers) {
    const total = Number(line["duration_ms"]);
    const own = Number(line["overhead_ms"]);
    assert(total >= LATENCY, `${total}`);
    assertAlmostEquals(Number(header), own, 0.01);
    assertAlmostEquals(Number(root["gateway.overhead_ms"]), own, 0.01);
    assertAlmostEquals(timing.get("total") ?? NaN, total, 0.01);
    assert(own > 0 && own < total - LATENCY + 2, `${own} of ${total}`);
    assertAlmostEquals(timing.get("overhead") ?? NaN, own, 0.01);
    const { total: _, overhead: __, ...timed } = Object.fromEntries(timing);
    assertEquals(timed, Object.fromEntries(phases));
    // What the gateway itself does, phase by phase, is within what it does in all.
    const known = ["parse", "auth", "route", "select"].reduce((sum, it) => sum + (phases.get(it) ?? NaN), 0);
    assert(known <= own + 0.01, `${known} of ${own}`);
    // Waiting for the first content, and the gateway's own time, are the whole time of a whole answer.
    const accounted = (phases.get("ttft") ?? NaN) + own;
    assert(Math.abs(accounted - total) < FEW, `${accounted} of ${total}: ${JSON.stringify(timed)}`);
  }
  const quickest = Math.min(...ledgers.map(({ line }) => Number(line["overhead_ms"])));
  assert(quickest < FEW, `${quickest} ms`);
  const metrics = await scene.metrics();
  const sum = ledgers.reduce((before, { line }) => before + Number(line["overhead_ms"]) / 1000, 0);
  assertAlmostEquals(metrics.get("gateway_overhead_seconds_sum") ?? NaN, sum, 1e-4);
  assertEquals(metrics.get("gateway_overhead_seconds_count"), REQUESTS);
  const routed = metrics.get('gateway_phase_duration_seconds_count{phase="route"}');
  assertEquals(routed, REQUESTS);
});

Deno.test("each phase is there where its cause is", async () => {
  await using scene = await Scene.start();
  const always = ["auth", "connect", "parse", "route", "select", "ttft"];
  const names = ({ phases }: Ledger) => [...phases.keys()].sort();
  const first = await scene.ask("same");
  const second = await scene.ask("same");
  assertEquals([names(first), names(second)], [always, always]);
  // The second one finds the first one's connection open.
  assert(Number(second.phases.get("connect")) < 5, `${second.phases.get("connect")}`);
  const streamed = await scene.ask("same", true);
  assertEquals(names(streamed), [...always, "relay"].sort());
  // Its headers tell the gateway's own time until they went out.
  assert(Number(streamed.timing.get("overhead")) < LATENCY / 2, `${streamed.timing.get("overhead")}`);
  assertEquals(names(await scene.ask("other")), [...always, "serialise"].sort());
  const both = await Promise.all([scene.ask("narrow"), scene.ask("narrow")]);
  const waited = both.find(({ phases }) => phases.has("queue"));
  assert(Number(waited?.phases.get("queue")) > LATENCY / 2, JSON.stringify(both.map(names)));
  // Waiting in the queue for a provider is none of the gateway's own time.
  assert(Number(waited?.line["overhead_ms"]) < LATENCY / 2, `${waited?.line["overhead_ms"]}`);
});
