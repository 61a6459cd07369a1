// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task bench faults [--quick] [--rounds=N] [--publish]`: whether requests feel what the backend of telemetry does. A fixed rate
 * of requests, every trace exported; phases with a healthy collector and with one that is restarted, frozen, or refuses,
 * in turn; beside them a control, in which it stays healthy. Needs nginx, and a real collector that OTEL_COLLECTOR_BIN
 * names. About five minutes; each round takes half a minute, and 30 tell apart what 8 do not.
 */
import type { Agent } from "undici";
import { type Estimate, mulberry32, quantile, shuffled } from "../../lib/tools/statistics.ts";
import { machine } from "../machine.ts";
import { revision } from "../revision.ts";
import { gatewayCommand } from "./gateway.ts";
import { startMockUpstream } from "./nginx.ts";
import { openConnections, openLoop } from "./open_loop.ts";
import { MODEL } from "./payload.ts";
import { denoProgram, freePort, type Program, startProgram } from "./program.ts";
import { table, withInterval } from "./table.ts";

/** Requests a second: few enough that two processors, shared with all the others here, leave latency to what is measured. */
const RATE = 250;
const PHASE_SECONDS = 2;
const KEY = "sk-bench-master";
/** By how much a request may be slower at the 99th percentile. */
const GATE = 1.05;

interface Fault {
  readonly name: string;
  /** Which of the two gateways it is about: the one with a real collector, or the one whose collector answers as told. */
  readonly gateway: "real" | "told";
  begin(backends: Backends): Promise<void>;
  /** Half a phase later. */
  halfway?(backends: Backends): Promise<void>;
  end(backends: Backends): Promise<void>;
}

const NOTHING = () => Promise.resolve();

const FAULTS: readonly Fault[] = [
  { name: "healthy still (control)", gateway: "real", begin: NOTHING, end: NOTHING },
  {
    name: "restarted",
    gateway: "real",
    begin: ({ collector }) => collector.stop(),
    halfway: ({ collector }) => collector.start(),
    end: NOTHING,
  },
  {
    name: "frozen (SIGSTOP)",
    gateway: "real",
    begin: ({ collector }) => collector.signal("SIGSTOP"),
    end: ({ collector }) => collector.signal("SIGCONT"),
  },
  ...[429, 503, 413].map((status): Fault => ({
    name: `answers ${status}`,
    gateway: "told",
    begin: ({ tell }) => tell(status),
    end: ({ tell }) => tell(200),
  })),
];

interface Backends {
  readonly collector: RealCollector;
  tell(status: number): Promise<void>;
}

/** Latencies of one round of one fault, milliseconds. */
interface Sample {
  readonly healthy: readonly number[];
  readonly faulty: readonly number[];
}

const RESAMPLES = 1000;

/** @param args `--quick`: two rounds, `--rounds=N`: N; else eight. `--publish`: the page replaces docs/benchmarks/faults.md. */
export async function faults(args: readonly string[]): Promise<void> {
  const program = Deno.env.get("OTEL_COLLECTOR_BIN");
  if (!program) throw new Error("Cannot freeze a collector: OTEL_COLLECTOR_BIN names none");
  const rounds = roundsOf(args);
  const directory = await Deno.makeTempDir({ prefix: "bench-" });
  const agent = openConnections();
  try {
    await using mock = await startMockUpstream(directory);
    await using collector = new RealCollector(program, directory);
    await collector.start();
    const port = freePort();
    await using _told = await startProgram({
      command: denoProgram("servers/moody_collector.ts", [`${port}`]),
      port,
    });
    const backends: Backends = {
      collector,
      async tell(status) {
        await (await fetch(`http://127.0.0.1:${port}/${status}`, { method: "PUT" })).body?.cancel();
      },
    };
    await using real = await startGateway(directory, mock.port, collector.port);
    await using told = await startGateway(directory, mock.port, port);
    const gateways = { real: new Served(real, agent), told: new Served(told, agent) };
    for (const served of Object.values(gateways)) await served.load(5);
    const samples = new Map(FAULTS.map(({ name }) => [name, [] as Sample[]]));
    for (let round = 0; round < rounds; round++) {
      for (const fault of shuffled(FAULTS, Math.random)) {
        samples.get(fault.name)?.push(await measure(gateways[fault.gateway], fault, backends));
      }
    }
    const accounts = [await gateways.real.account(), await gateways.told.account()];
    const page = await report(samples, Object.values(gateways), accounts);
    console.log(page);
    if (args.includes("--publish")) {
      await Deno.writeTextFile(new URL("../../docs/benchmarks/faults.md", import.meta.url), page);
    }
  } finally {
    await agent.destroy();
    await Deno.remove(directory, { recursive: true });
  }
}

function roundsOf(args: readonly string[]): number {
  const given = args.find((it) => it.startsWith("--rounds="));
  if (given !== undefined) return Number(given.slice("--rounds=".length));
  return args.includes("--quick") ? 2 : 8;
}

async function measure(served: Served, fault: Fault, backends: Backends): Promise<Sample> {
  await served.recovered();
  const healthy = await served.load(PHASE_SECONDS);
  await fault.begin(backends);
  const loading = served.load(PHASE_SECONDS);
  if (fault.halfway !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, PHASE_SECONDS * 500));
    await fault.halfway(backends);
  }
  const faulty = await loading;
  await fault.end(backends);
  return { healthy, faulty };
}

/** A gateway under load, and what became of its requests. */
class Served {
  requests = 0;
  failed = 0;

  constructor(private readonly program: Program, private readonly agent: Agent) {}

  /** @returns latencies, milliseconds. */
  async load(seconds: number): Promise<readonly number[]> {
    const result = await openLoop(this.agent, `http://127.0.0.1:${this.program.port}`, RATE, seconds);
    this.requests += result.requests;
    this.failed += result.failed;
    return result.latencies;
  }

  /** Resolves once nothing waits to be exported any more. */
  async recovered(): Promise<void> {
    await this.account();
  }

  /** What the gateway says of its traces, with nothing queued. */
  async account(): Promise<Account> {
    const end = performance.now() + 20_000;
    for (;;) {
      const response = await fetch(`http://127.0.0.1:${this.program.port}/admin/telemetry`, {
        headers: { authorization: `Bearer ${KEY}` },
      });
      const account: Account = (await response.json()).signals.traces;
      if (account.queued === 0) return account;
      if (performance.now() > end) throw new Error(`Cannot wait any longer: ${JSON.stringify(account)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

interface Account {
  readonly produced: number;
  readonly exported: number;
  readonly dropped: number;
  readonly queued: number;
}

/** A collector that takes OTLP over HTTP and keeps nothing. */
class RealCollector implements AsyncDisposable {
  readonly port = freePort();
  #running: Program | null = null;

  constructor(private readonly program: string, private readonly directory: string) {}

  async start(): Promise<void> {
    const file = `${this.directory}/collector.yaml`;
    await Deno.writeTextFile(
      file,
      `
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${this.port}" } } } }
exporters: { file: { path: /dev/null } }
service:
  telemetry: { metrics: { level: none }, logs: { level: error } }
  pipelines: { traces: { receivers: [otlp], exporters: [file] } }
`,
    );
    this.#running = await startProgram({ command: [this.program, "--config", file], port: this.port });
  }

  async stop(): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    this.#running = null;
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
    if (this.#running !== null) Deno.kill(this.#running.pid, signal);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** All traces, exported as by default but for a time-out that a round outlives. */
async function startGateway(directory: string, upstream: number, collector: number): Promise<Program> {
  const port = freePort();
  const file = `${directory}/gateway-${port}.yaml`;
  await Deno.writeTextFile(
    file,
    `server: { host: 127.0.0.1, port: ${port} }
auth: { master_key: ${KEY} }
providers:
  upstream: { type: openai_compatible, base_url: "http://127.0.0.1:${upstream}/v1", api_key: sk-bench }
models:
  ${MODEL}: upstream/${MODEL}
logging: { level: INFO, format: json }
observability:
  tracing:
    sampler: { type: always }
    exporter: { type: otlp, endpoint: "http://127.0.0.1:${collector}", timeout: 1s }
    batch: { delay: 200ms }
`,
  );
  return await startProgram({ command: gatewayCommand(file), port });
}

async function report(
  samples: ReadonlyMap<string, readonly Sample[]>,
  gateways: readonly Served[],
  accounts: readonly Account[],
): Promise<string> {
  const rows = [...samples].map(([name, all]) => {
    const [healthy, faulty, ratio] = bootstrap(all);
    return [
      name,
      withInterval(healthy, 2),
      withInterval(faulty, 2),
      withInterval(ratio, 2),
      verdict(ratio),
    ];
  });
  const rounds = samples.values().next().value?.length ?? 0;
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const [sent, failed] = [sum(gateways.map((it) => it.requests)), sum(gateways.map((it) => it.failed))];
  const spans = sum(accounts.map((it) => it.produced));
  const closes = spans === 3 * sent && accounts.every((it) => it.produced === it.exported + it.dropped);
  return `# Requests while the collector fails

Commit ${await revision()}, ${new Date().toISOString().slice(0, 10)}; ${machine()}; Deno ${Deno.version.deno}.
Made by \`deno task bench faults\`.

${RATE} requests a second, whatever becomes of those before them, each with its trace exported. Phases of
${PHASE_SECONDS} seconds with a healthy collector and with a failing one follow each other, the faults in changing
order, in ${rounds} rounds. The 99th percentile over all phases of a kind, with its 95 % interval by drawing pairs of
phases anew. The collector is a real one where it is restarted and frozen.

${table(["the collector is / answers", "p99 healthy, ms", "p99 then, ms", "ratio", `≤ ${GATE}`], rows)}
${sent.toLocaleString("en")} requests, ${failed} failed. ${
    spans.toLocaleString("en")
  } spans produced, three a request:
${sum(accounts.map((it) => it.exported)).toLocaleString("en")} exported, ${
    sum(accounts.map((it) => it.dropped)).toLocaleString("en")
  } dropped; the account ${closes ? "closes" : "does not close"}. Both gateways lived to the end.
`;
}

/** The 99th percentile over all rounds, healthy and faulty, and their ratio; intervals by drawing rounds anew. */
function bootstrap(samples: readonly Sample[]): [Estimate, Estimate, Estimate] {
  const random = mulberry32(samples.length);
  const drawn = Array.from(
    { length: RESAMPLES },
    () => figures(samples.map(() => samples[Math.floor(random() * samples.length)] as Sample)),
  );
  return figures(samples).map((value, figure) => {
    const sorted = drawn.map((it) => it[figure] as number).sort((a, b) => a - b);
    return { median: value, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
  }) as [Estimate, Estimate, Estimate];
}

function figures(samples: readonly Sample[]): [healthy: number, faulty: number, ratio: number] {
  const healthy = p99(samples.map((it) => it.healthy));
  const faulty = p99(samples.map((it) => it.faulty));
  return [healthy, faulty, faulty / healthy];
}

function p99(phases: readonly (readonly number[])[]): number {
  return quantile([...Float64Array.from(phases.flat()).sort()], 0.99);
}

function verdict({ median, low, high }: Estimate): string {
  if (high <= GATE) return "met";
  if (low > GATE) return "missed";
  return median <= GATE ? "met, within noise" : "missed, within noise";
}
