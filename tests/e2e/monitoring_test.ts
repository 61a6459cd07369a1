/**
 * A real Prometheus scrapes a gateway under a mixed load: every query of every panel, annotation and rule returns
 * data.
 */
import { assertEquals } from "@std/assert";
import { parse } from "@std/yaml";
import { dashboard } from "../../scripts/monitoring/dashboard.ts";
import { DASHBOARDS } from "../../scripts/monitoring/dashboards.ts";
import { freePort } from "../free_port.ts";
import { requires, toolPath } from "../requires.ts";
import { RedisServer } from "../stores/redis_server.ts";
import { streamText, WHOLE } from "../stages/scripts.ts";
import { FaultSetup, formatOf, isStream, readerOf } from "./fault_setup.ts";
import { OtlpSink } from "./otlp_sink.ts";
import { Prometheus } from "./prometheus_server.ts";

const RULE_FILES = ["recording", "alerts"].map((name) =>
  new URL(`../../monitoring/prometheus/rules/${name}.yml`, import.meta.url)
);

/** What Grafana puts in place of its variables, with times that fit a test. */
const VARIABLES: Readonly<Record<string, string>> = {
  $__rate_interval: "10s",
  $__range: "5m",
  $instance: ".*",
  $provider: ".*",
  $model: ".*",
};

/** What no load of a test's size brings about: a metric with 2,000 lines. */
const UNCAUSED = new Set(["alert MetricSeriesFolded"]);

const WIDE = "key-of-wide";

Deno.test({
  name: "every query of the dashboards and rules returns data of a gateway under a mixed load",
  ...requires("prometheus", "redis", "redis-exporter"),
  async fn() {
    await using redis = await RedisServer.start();
    await using sink = new OtlpSink();
    await using setup = await start(redis, sink);
    await using exporter = new RedisExporter(redis.url);
    await using prometheus = await Prometheus.start({
      targets: { "llm-gateway": new URL(setup.gateway.url).host, redis: exporter.target },
      rules: RULE_FILES.map(({ pathname }) => pathname),
    });
    let running = true;
    const loading = (async () => {
      for (let round = 0; running; round++) {
        // For a moment Redis does not answer, now and then.
        if (round % 8 === 4) redis.signal("SIGSTOP");
        await load(setup, round);
        if (round % 8 === 4) redis.signal("SIGCONT");
      }
    })();
    try {
      const silent = new Map(queries());
      // Nothing announces a scrape: ask until all have answered.
      for (const end = performance.now() + 45_000; silent.size > 0 && performance.now() < end;) {
        for (const query of silent.keys()) {
          const values = await prometheus.query(query);
          if (values.some((value) => !Number.isNaN(value))) silent.delete(query);
        }
      }
      assertEquals([...silent.values()], [], "these return nothing");
    } finally {
      running = false;
      await loading;
    }
  },
});

/** Each query once, and where it stands. */
function queries(): [query: string, where: string][] {
  const panels = DASHBOARDS.flatMap(({ file, sections }) =>
    sections.flatMap(({ panels }) =>
      panels.flatMap(({ title, queries }) =>
        queries.map(({ expr, name }): [string, string] => [withValues(expr), `${file}: ${title}: ${name}`])
      )
    )
  );
  const annotations = DASHBOARDS.flatMap((row) => dashboard(row).annotations.list ?? [])
    .map(({ expr = "", name }): [string, string] => [withoutThresholds(expr), `annotation ${name}`]);
  const rules = RULE_FILES.flatMap((file) => (parse(Deno.readTextFileSync(file)) as RuleFile).groups)
    .flatMap(({ rules }) => rules)
    .map(({ record, alert, expr }): [string, string] =>
      record === undefined ? [withoutThresholds(expr), `alert ${alert}`] : [record, `rule ${record}`]
    );
  return [...panels, ...annotations, ...rules].filter(([, where]) => !UNCAUSED.has(where));
}

interface RuleFile {
  readonly groups: { readonly rules: { record?: string; alert?: string; expr: string }[] }[];
}

function withValues(expr: string): string {
  return Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

/** What an alert looks at; when it fires is what `promtool test rules` tests. An hour ago there was no gateway. */
function withoutThresholds(expr: string): string {
  return expr.replaceAll(/(?<!\S)(?:>|==) [\d.e]+(?: \* [\d.e]+)?/g, "").replaceAll("offset 1h", "");
}

function start(redis: RedisServer, sink: OtlpSink): Promise<FaultSetup> {
  return FaultSetup.start(
    async (call) => {
      const said = call.text;
      if (said.includes("fail")) return call.answer(500, "{}");
      if (!isStream(call)) return call.answer(200, JSON.stringify(WHOLE[formatOf(call)]));
      await call.stream();
      const events = streamText(formatOf(call)).split(/(?<=\n\n)/);
      if (said.includes("linger")) {
        await call.chunk(events.slice(0, 2).join(""));
        await call.closed;
      } else {
        await call.chunk(events.join(""));
        await call.end();
      }
    },
    `
server: { drain_delay: 0s }
prices: { chat/up: { input: 1, output: 2 }, openai/up: { input: 1, output: 2 } }
cache: { enabled: true, models: [chat], secret: s, redis: { url: "${redis.url}" } }
redis: { url: "${redis.url}" }
limits: { store: redis }
pii: { enabled: true, on: requests }
auth:
  keys:
    - { name: wide, key: key-of-wide, budgets: [{ per: day, usd: 1000 }] }
    - { name: narrow, key: key-of-narrow, rate_limit: { requests: 1, per: 1h } }
observability:
  metrics: { profiles: [gateway, litellm] }
  tracing: { exporter: { type: otlp, endpoint: "${sink.endpoint}", protocol: http/json } }
`,
  );
}

/** A bit of everything. */
async function load(setup: FaultSetup, round: number): Promise<void> {
  const chat = (model: string, content: string, more = {}, key = WIDE) =>
    ask(setup, "/v1/chat/completions", { model, messages: [{ role: "user", content }], ...more }, key);
  await Promise.all([
    chat("chat", "the same again"),
    chat("chat", `other ${round}`, { stream: true }),
    chat("openai", `fail ${round}`),
    chat("both", `fail ${round}`),
    chat("refused", "taken over"),
    chat("nothing", "unknown model"),
    chat("chat", `write to ada${round}@example.org`),
    chat("chat", "over the limit", {}, "key-of-narrow"),
    ask(setup, "/v1/responses", { model: "openai", input: "kept", stream: round % 2 === 0 }),
    ask(setup, "/v1/responses", { model: "openai", input: "later", background: true }),
    leave(setup),
  ]);
}

async function ask(setup: FaultSetup, path: string, body: unknown, key = WIDE): Promise<void> {
  const response = await post(setup, path, body, key);
  await response.arrayBuffer();
}

/** A client that leaves in the middle of its stream. */
async function leave(setup: FaultSetup): Promise<void> {
  const messages = [{ role: "user", content: "linger" }];
  const abort = new AbortController();
  const body = { model: "openai", stream: true, messages };
  const response = await post(setup, "/v1/chat/completions", body, WIDE, abort.signal);
  await readerOf(response).read();
  abort.abort();
}

function post(
  setup: FaultSetup,
  path: string,
  body: unknown,
  key: string,
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(setup.gateway.url + path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${key}` },
    signal,
  });
}

/** Redis' exporter, as Prometheus' users run it. */
class RedisExporter implements AsyncDisposable {
  readonly target = `127.0.0.1:${freePort()}`;
  readonly #child: Deno.ChildProcess;

  constructor(redis: string) {
    this.#child = new Deno.Command(toolPath("redis-exporter") ?? "", {
      args: ["--redis.addr", redis, "--web.listen-address", this.target],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}
