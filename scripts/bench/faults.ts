// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task bench faults [--quick] [--rounds=N] [--only=NAME,…] [--publish]`: whether requests feel what the backend of telemetry
 * does. A fixed rate of requests to two gateways at once, every trace exported: the collector of one is restarted,
 * frozen, or refuses, while that of the other is healthy, and the other way round in the next round; beside them a
 * control, in which both stay healthy.
 *
 * At the same time, since the 99th percentile of a phase is that of its few slowest requests, which most often are slow
 * for reasons of the machine's: phases that follow each other meet different ones.
 *
 * Needs nginx, and a real collector that OTEL_COLLECTOR_BIN names. A round takes a quarter of a minute.
 */
import type { Agent } from "undici";
import { shuffled } from "../../lib/tools/statistics.ts";
import { MoodyCollector, RealCollector } from "./collectors.ts";
import { threadMicroseconds } from "./cpu.ts";
import { type AnyFault, type Fault, FAULTS } from "./fault_kinds.ts";
import { type Account, faultsPage, type Phase, type Side } from "./faults_page.ts";
import { gatewayCommand } from "./gateway.ts";
import { startMockUpstream } from "./nginx.ts";
import { openConnections, openLoop } from "./open_loop.ts";
import { MODEL } from "./payload.ts";
import { freePort, type Program, startProgram } from "./program.ts";

/** Requests a second to each: few enough that two processors, shared with all the others here, leave latency to what is measured. */
const RATE = 400;
const PHASE_SECONDS = 2;
const WARM_UP_SECONDS = 5;
const ROUNDS = 30;
const KEY = "sk-bench-master";

/**
 * @param args `--quick`: two rounds, `--rounds=N`: N; else thirty. `--only`: faults with these words in their names.
 * `--publish`: the page replaces docs/benchmarks/faults.md.
 */
export async function faults(args: readonly string[]): Promise<void> {
  const program = Deno.env.get("OTEL_COLLECTOR_BIN");
  if (!program) throw new Error("Cannot freeze a collector: OTEL_COLLECTOR_BIN names none");
  const directory = await Deno.makeTempDir({ prefix: "bench-" });
  const agent = openConnections();
  try {
    await using stack = new AsyncDisposableStack();
    const upstream = stack.use(await startMockUpstream(directory)).port;
    const real = async () => {
      const collector = stack.use(new RealCollector(program, directory));
      await collector.start();
      return collector;
    };
    const told = async () => stack.use(await MoodyCollector.start());
    const served = async <Collector extends { readonly port: number }>(collector: Collector) =>
      new Served(stack.use(await startGateway(directory, upstream, collector.port)), collector, agent);
    const gateways = {
      real: [await served(await real()), await served(await real())],
      told: [await served(await told()), await served(await told())],
    } as const;
    const all: readonly Served<unknown>[] = Object.values(gateways).flat();
    for (const gateway of all) await gateway.load(WARM_UP_SECONDS);

    const chosen = chosenBy(args);
    const phases = new Map(chosen.map(({ name }) => [name, [] as Phase[]]));
    const rounds = roundsOf(args);
    for (let round = 0; round < rounds; round++) {
      for (const fault of shuffled(chosen, Math.random)) {
        // Which of two is the one that fails says nothing about either of them.
        const phase = fault.kind === "real"
          ? await measure(fault, gateways.real, round)
          : await measure(fault, gateways.told, round);
        phases.get(fault.name)?.push(phase);
      }
    }
    const accounts: Account[] = [];
    for (const gateway of all) accounts.push(await gateway.account());
    const sum = (figure: "requests" | "failed") => all.reduce((total, it) => total + it[figure], 0);
    const page = await faultsPage({
      rate: RATE,
      phaseSeconds: PHASE_SECONDS,
      phases,
      requests: sum("requests"),
      failed: sum("failed"),
      accounts,
    });
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
  return args.includes("--quick") ? 2 : ROUNDS;
}

function chosenBy(args: readonly string[]): readonly AnyFault[] {
  const given = args.find((it) => it.startsWith("--only="));
  const words = given?.slice("--only=".length).split(",") ?? [""];
  return FAULTS.filter(({ name }) => words.some((word) => name.includes(word)));
}

async function measure<Collector>(
  fault: Fault<Collector>,
  [a, b]: readonly [Served<Collector>, Served<Collector>],
  round: number,
): Promise<Phase> {
  await Promise.all([a.account(), b.account()]);
  const faulty = round % 2 === 0 ? a : b;
  const { collector } = faulty;
  await fault.begin(collector);
  const loads = Promise.all([a.load(PHASE_SECONDS), b.load(PHASE_SECONDS)]);
  if (fault.halfway !== undefined) {
    await new Promise((resolve) => setTimeout(resolve, PHASE_SECONDS * 500));
    await fault.halfway(collector);
  }
  const [ofA, ofB] = await loads;
  await fault.end(collector);
  return faulty === a ? { faulty: ofA, healthy: ofB } : { faulty: ofB, healthy: ofA };
}

/** A gateway under load, and what became of its requests. */
class Served<Collector> {
  requests = 0;
  failed = 0;

  constructor(
    private readonly program: Program,
    readonly collector: Collector,
    private readonly agent: Agent,
  ) {}

  async load(seconds: number): Promise<Side> {
    const { pid, port } = this.program;
    const before = threadMicroseconds(pid);
    const result = await openLoop(this.agent, `http://127.0.0.1:${port}`, RATE, seconds);
    const cpu = (threadMicroseconds(pid) - before) / result.requests;
    this.requests += result.requests;
    this.failed += result.failed;
    return { latencies: result.latencies, cpu };
  }

  /** What the gateway says of its traces, once nothing waits to be exported any more. */
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
