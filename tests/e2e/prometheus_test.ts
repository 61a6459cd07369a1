/** Prometheus itself scrapes a busy gateway, promtool reads what it shows, and guide 002's queries return values. */
import { assert, assertEquals } from "@std/assert";
import { requires, toolPath } from "../requires.ts";
import { streamText, WHOLE } from "../stages/scripts.ts";
import { FaultSetup, formatOf, FORMATS } from "./fault_setup.ts";
import { Prometheus } from "./prometheus_server.ts";

/** What guide 002 shows; the last as PromQL has it: `by` belongs to an aggregation, which the guide leaves out. */
const QUERIES = [
  "rate(http_requests_total[5m])",
  "histogram_quantile(0.95, rate(http_request_duration_seconds_bucket[5m]))",
  'rate(http_requests_total{status=~"5.."}[5m])',
  "rate(provider_tokens_total[1m]) * 60",
  "histogram_quantile(0.95, sum by (le, provider, model) (rate(provider_request_duration_seconds_bucket[5m])))",
];

/** What promtool says of names that are not the gateway's to choose. */
const EXCEPTIONS = [
  // Guide 002 prescribes the name.
  /^conversation_active_count non-histogram and non-summary metrics should not have "_count" suffix$/,
];

/** A gateway that answers well, badly and in streams. */
async function busyGateway(settings = ""): Promise<FaultSetup> {
  const setup = await FaultSetup.start(async (call) => {
    if (call.json.messages?.[0]?.content === "fail") return call.answer(500, "{}");
    if (call.json.stream !== true) return call.answer(200, JSON.stringify(WHOLE[formatOf(call)]));
    await call.stream();
    await call.chunk(streamText(formatOf(call)));
    await call.end();
  }, `server: { drain_delay: 0s }\nretry: { attempts: 0 }\n${settings}`);
  await load(setup);
  return setup;
}

async function load(setup: FaultSetup): Promise<void> {
  for (const format of FORMATS) {
    for (const stream of [false, true]) await (await fetch(setup.request(format, stream))).arrayBuffer();
  }
  const body = JSON.stringify({ model: "chat", messages: [{ role: "user", content: "fail" }] });
  const failed = await fetch(`${setup.gateway.url}/v1/chat/completions`, { method: "POST", body });
  await failed.arrayBuffer();
  assert(failed.status >= 500);
}

async function promtool(text: string): Promise<string[]> {
  const child = new Deno.Command(toolPath("promtool") ?? "", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  return said.split("\n").filter((line) => line.trim() !== "");
}

Deno.test({
  name: "promtool check metrics finds nothing on a busy /metrics but the name that guide 002 prescribes",
  ...requires("promtool"),
  async fn() {
    await using setup = await busyGateway();
    const text = await (await fetch(`${setup.gateway.url}/metrics`)).text();
    const findings = await promtool(text);
    assertEquals(findings.filter((line) => !EXCEPTIONS.some((known) => known.test(line))), []);
    assertEquals(findings.length, 1, "promtool still checks names");
  },
});

Deno.test({
  name: "Prometheus scrapes the gateway on an address of its own, and guide 002's queries return values",
  ...requires("prometheus"),
  async fn() {
    await using setup = await busyGateway('observability: { metrics: { listen: "127.0.0.1:0" } }');
    const started = await setup.gateway.log(({ event }) => event === "metrics.started");
    const target = new URL(String(started.url)).host;
    const absent = await fetch(`${setup.gateway.url}/metrics`);
    assertEquals(absent.status, 404);
    await absent.body?.cancel();
    await using prometheus = await Prometheus.start({ targets: { gateway: target } });
    // A rate wants two scrapes, and what happens between them.
    await prometheus.until(`sum(http_requests_total{job="gateway"})`, (value) => value > 0);
    const before = await prometheus.value("max(scrape_samples_scraped)");
    await load(setup);
    await prometheus.until('sum(rate(http_requests_total{status=~"5.."}[5m]))', (value) => value > 0);
    for (const query of QUERIES) {
      const values = await prometheus.query(query);
      assert(values.some((value) => value > 0), `${query} returned ${values}`);
    }
    assert(before > 0);
  },
});
