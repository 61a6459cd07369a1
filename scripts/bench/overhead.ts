// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task bench overhead`: the ledger of telemetry. Part 1: the CPU of all projections and exports an
 * Exchange, over the CPU of a whole request through a gateway without telemetry, with an upstream that answers
 * at once. Needs nginx and wrk.
 */
import { machine } from "../machine.ts";
import { revision } from "../revision.ts";
import { cpuMicroseconds } from "./cpu.ts";
import { LEDGER_MODES, type LedgerMode, measureLedger } from "./ledger.ts";
import { startMockUpstream } from "./nginx.ts";
import { type Estimate, estimate } from "../../lib/tools/statistics.ts";
import { table, withInterval } from "./table.ts";
import { startSink, VARIANTS } from "./variants.ts";
import { runWrk } from "./wrk.ts";

/** Shares of a request's CPU that telemetry may take. */
const GATES: Readonly<Record<LedgerMode, number>> = {
  "metrics and logs": 0.04,
  "10 % traces": 0.05,
  "100 % traces": 0.10,
};

const CONNECTIONS = [1, 32] as const;

interface OverheadSettings {
  readonly rounds: number;
  readonly exchanges: number;
  readonly requestRounds: number;
}

const FULL: OverheadSettings = { rounds: 15, exchanges: 20_000, requestRounds: 10 };
const QUICK: OverheadSettings = { rounds: 4, exchanges: 10_000, requestRounds: 4 };

/** @param args `--quick`: fewer rounds. `--publish`: the page replaces docs/benchmarks/overhead.md. */
export async function overhead(args: readonly string[]): Promise<void> {
  const settings = args.includes("--quick") ? QUICK : FULL;
  const directory = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    await using mock = await startMockUpstream(directory);
    await using sink = await startSink();
    const request = await requestCpu({ directory, upstream: mock.port, sink: sink.port }, settings);
    await using pipe = new LogPipe();
    const cost = await measureLedger({ ...settings, sink: sink.port, writer: pipe, progress });
    const page = await report(cost, request);
    console.log(page);
    if (args.includes("--publish")) {
      await Deno.writeTextFile(new URL("../../docs/benchmarks/overhead.md", import.meta.url), page);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** CPU of a whole request without telemetry, microseconds, by the number of connections. */
async function requestCpu(
  surroundings: Parameters<typeof VARIANTS["gateway-off"]["start"]>[0],
  settings: OverheadSettings,
): Promise<Readonly<Record<number, Estimate>>> {
  await using gateway = await VARIANTS["gateway-off"].start(surroundings);
  await runWrk(gateway.port, 32, 4);
  const cpu: Record<number, Estimate> = {};
  for (const connections of CONNECTIONS) {
    const samples: number[] = [];
    for (let round = 0; round < settings.requestRounds; round++) {
      progress(`requests, c=${connections}, round ${round + 1} of ${settings.requestRounds}`);
      const before = cpuMicroseconds(gateway.pid);
      const { requests } = await runWrk(gateway.port, connections, 2);
      samples.push((cpuMicroseconds(gateway.pid) - before) / requests);
    }
    cpu[connections] = estimate(samples);
  }
  return cpu;
}

/** Takes the log as a container's runtime does. */
class LogPipe implements AsyncDisposable {
  readonly #child = new Deno.Command("cat", { stdin: "piped", stdout: "null" }).spawn();
  readonly #writer = this.#child.stdin.getWriter();

  async write(bytes: Uint8Array): Promise<number> {
    await this.#writer.write(bytes as Uint8Array<ArrayBuffer>);
    return bytes.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
  }
}

async function report(
  cost: Readonly<Record<LedgerMode, Estimate>>,
  request: Readonly<Record<number, Estimate>>,
): Promise<string> {
  const share = (mode: LedgerMode, connections: number) => {
    const whole = request[connections]?.median ?? NaN;
    const { median, low, high } = cost[mode];
    return withInterval(
      { median: 100 * median / whole, low: 100 * low / whole, high: 100 * high / whole },
      1,
    );
  };
  const rows = LEDGER_MODES.map((mode) => {
    const met = CONNECTIONS.every((it) => cost[mode].median / (request[it]?.median ?? NaN) <= GATES[mode]);
    return [
      mode,
      withInterval(cost[mode], 2),
      ...CONNECTIONS.map((it) => share(mode, it)),
      `${100 * GATES[mode]} %`,
      met ? "met" : "missed",
    ];
  });
  const whole = CONNECTIONS.map((it) =>
    `${withInterval(request[it] ?? null, 1)} µs at ${it} connection${it === 1 ? "" : "s"}`
  ).join(", ");
  return `# What telemetry costs a request

Commit ${await revision()}, ${new Date().toISOString().slice(0, 10)}; ${machine()}; Deno ${Deno.version.deno}.

CPU of all projections and exports of a finished request (metrics, the log line into a pipe, spans encoded and
sent over OTLP/HTTP to a collector), in one process, over the CPU of a whole request through a gateway whose
telemetry is off: ${whole}. Medians with their 95 % bootstrap intervals. Made by \`deno task bench overhead\`.

${
    table(
      ["telemetry", "µs a request", "% at c = 1", "% at c = 32", "gate", ""],
      rows,
    )
  }`;
}

/** One line on the terminal that is overwritten; nothing where nobody looks. */
function progress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}\r`));
}
