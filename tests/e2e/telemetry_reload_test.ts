/** Where telemetry goes, changed under load. */
import { assert, assertEquals } from "@std/assert";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { OtlpSink } from "./otlp_sink.ts";

interface Settings {
  readonly workers: number;
  readonly collector: OtlpSink;
  readonly logging?: string;
}

function configuration({ workers, collector, logging = "level: INFO" }: Settings): string {
  return `
server: { workers: ${workers}, drain_delay: 0s, watch_config: false }
requests: { enabled: false }
conversations: { path: conversations.db }
providers: { mock: { type: mock } }
models: { mock: mock/mock }
logging: { format: json, ${logging} }
observability:
  tracing:
    sampler: { type: always }
    exporter: { type: otlp, protocol: http/json, compression: none, endpoint: "${collector.endpoint}" }
    batch: { delay: 20ms }
`;
}

/** Clients that ask until they are told to stop. */
class Load {
  answered = 0;
  readonly failures: string[] = [];
  #going = true;
  readonly #clients: Promise<void>[];

  constructor(url: string) {
    this.#clients = Array.from({ length: 4 }, async () => {
      while (this.#going) {
        const response = await fetch(`${url}/v1/chat/completions`, {
          method: "POST",
          body: JSON.stringify({ model: "mock", messages: [{ role: "user", content: "hello" }] }),
        });
        const text = await response.text();
        if (response.status === 200) this.answered++;
        else this.failures.push(`${response.status} ${text}`);
      }
    });
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#clients);
  }
}

async function until(done: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!await done()) {
    assert(performance.now() < end, what());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What became of the spans, of all workers together. */
async function account(gateway: GatewayProcess) {
  const all = samples(await (await fetch(`${gateway.url}/metrics`)).text());
  const of = (name: string) => all.get(`gateway_telemetry_${name}{signal="traces"}`) ?? NaN;
  return {
    produced: of("produced_total"),
    exported: of("exported_total"),
    dropped: of("dropped_total"),
    queued: of("queue_length"),
  };
}

for (const workers of [1, 2]) {
  Deno.test(`the exporter of traces moves under load, ${workers} workers: no request fails, the account closes`, async () => {
    await using a = new OtlpSink();
    await using b = new OtlpSink();
    await using gateway = await GatewayProcess.start({ config: configuration({ workers, collector: a }) });
    const load = new Load(gateway.url);
    await until(() => a.spans.length >= 300, () => `${a.spans.length} spans at the first`);
    await gateway.configure(configuration({ workers, collector: b, logging: "level: DEBUG" }));
    gateway.signal("SIGHUP");
    await gateway.log(({ event }) => event === "config.reloaded");
    await until(() => b.spans.length >= 300, () => `${b.spans.length} spans at the second`);
    await load.stop();
    assertEquals(load.failures, []);
    assertEquals(gateway.logs.filter(({ event }) => event === "config.restart_needed"), []);
    let last = await account(gateway);
    const arrived = () => a.spans.length + b.spans.length;
    const closes = () => last.queued === 0 && arrived() + last.dropped === last.produced;
    await until(
      async () => {
        last = await account(gateway);
        return last.produced === load.answered * 3 && closes();
      },
      () =>
        `${JSON.stringify(last)} of ${load.answered} requests, ${a.spans.length} + ${b.spans.length} arrived`,
    );
    assertEquals(last.exported, arrived());
    // All workers tell more now.
    const told = gateway.logs.filter(({ event }) => event === "request.start");
    assert(told.length > 0);
  });
}

Deno.test("the log's file and form change with the configuration, and what it tells", async () => {
  await using collector = new OtlpSink();
  const folder = await Deno.makeTempDir({ prefix: "logs-" });
  try {
    const at = (logging: string) => configuration({ workers: 1, collector, logging });
    const ask = async (gateway: GatewayProcess, said: string) => {
      const messages = [{ role: "user", content: said }];
      const body = JSON.stringify({ model: "mock", messages });
      await (await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body })).text();
    };
    await using gateway = await GatewayProcess.start({
      config: at(`log_file: ${folder}/one.log`),
      started: () => lineIn(`${folder}/one.log`, ({ event }) => event === "gateway.started"),
    });
    await ask(gateway, "first");
    await lineIn(`${folder}/one.log`, ({ event }) => event === "request.end");
    await gateway.configure(at(`log_file: ${folder}/two.log, log_queries: true`));
    gateway.signal("SIGHUP");
    await lineIn(`${folder}/two.log`, ({ event }) => event === "config.reloaded");
    await ask(gateway, "second");
    await lineIn(`${folder}/two.log`, ({ query }) => query === "second");
    await gateway.configure(at("slow_request_threshold: 1ms"));
    gateway.signal("SIGHUP");
    await gateway.log(({ event }) => event === "config.reloaded");
    assertEquals(gateway.errors, "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

type Line = Readonly<Record<string, unknown>>;

async function lineIn(path: string, matches: (line: Line) => boolean): Promise<Line> {
  let found: Line | undefined;
  await until(async () => {
    const text = await Deno.readTextFile(path).catch(() => "");
    const lines: Line[] = text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
    found = lines.find(matches);
    return found !== undefined;
  }, () => `no such line in ${path}`);
  return found as Line;
}
