// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task bench overhead`: what telemetry costs, with an upstream that answers at once. First the ledger: the CPU
 * of all projections and exports a request, over the CPU of a whole request through a gateway without telemetry. Then
 * gateways with telemetry beside one without, end to end. Needs nginx and wrk; takes about twenty minutes.
 */
import { cpuMicroseconds } from "./cpu.ts";
import { CONNECTIONS, httpRounds, type HttpSample, type HttpSamples } from "./http_rounds.ts";
import { measureLedger } from "./ledger.ts";
import { startMockUpstream } from "./nginx.ts";
import { OVERHEAD_PAIRS, overheadPage } from "./overhead_page.ts";
import { PairSamples, schedule } from "./pairs.ts";
import type { Program } from "./program.ts";
import type { Settings } from "./settings.ts";
import { startSink, type Surroundings, type VariantKey, VARIANTS } from "./variants.ts";
import { runWrk } from "./wrk.ts";

interface OverheadSettings {
  readonly ledgerRounds: number;
  /** Requests of one run of the ledger, by the number of connections. */
  readonly requests: Readonly<Record<number, number>>;
  /** So often the gateways of a pair are started. */
  readonly starts: number;
  /** Of one start. */
  readonly pairs: Pick<Settings, "rounds" | "roundSeconds" | "warmUpSeconds">;
}

const FULL: OverheadSettings = {
  ledgerRounds: 40,
  requests: { 1: 2_000, 32: 12_000 },
  starts: 10,
  pairs: { rounds: { 1: 4, 32: 4 }, roundSeconds: 1, warmUpSeconds: 3 },
};
const QUICK: OverheadSettings = {
  ...FULL,
  ledgerRounds: 8,
  starts: 2,
};

/** @param args `--quick`: fewer rounds. `--publish`: the page replaces docs/benchmarks/overhead.md. */
export async function overhead(args: readonly string[]): Promise<void> {
  const settings = args.includes("--quick") ? QUICK : FULL;
  const directory = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    await using mock = await startMockUpstream(directory);
    await using sink = await startSink();
    const surroundings = { directory, upstream: mock.port, sink: sink.port };
    const accounts = await ledger(surroundings, settings);
    const page = await overheadPage(accounts, await pairs(surroundings, settings));
    console.log(page);
    if (args.includes("--publish")) {
      await Deno.writeTextFile(new URL("../../docs/benchmarks/overhead.md", import.meta.url), page);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function ledger(surroundings: Surroundings, settings: OverheadSettings) {
  await using pipe = new LogPipe();
  await using gateway = await VARIANTS["gateway-off"].start(surroundings);
  await runWrk(gateway.port, 32, 4);
  const { ledgerRounds: rounds, requests } = settings;
  const { upstream, sink } = surroundings;
  return await measureLedger({
    rounds,
    requests,
    upstream,
    sink,
    writer: pipe,
    progress,
    async wholeRequest(connections) {
      const before = cpuMicroseconds(gateway.pid);
      const { requests } = await runWrk(gateway.port, connections, 1);
      return (cpuMicroseconds(gateway.pid) - before) / requests;
    },
  });
}

/**
 * Gateways with telemetry and one without, two at a time. What a process happens to be, where its code and its objects
 * lie and which processor it is moved to, it stays for minutes: so each has but a few rounds.
 */
async function pairs(surroundings: Surroundings, { starts, pairs }: OverheadSettings): Promise<HttpSamples> {
  const runs: HttpSamples[] = [];
  for (const { pair, round } of schedule(OVERHEAD_PAIRS, starts)) {
    await using stack = new AsyncDisposableStack();
    const programs = new Map<VariantKey, Program>();
    for (const key of round % 2 === 0 ? pair : pair.toReversed()) {
      programs.set(key, stack.use(await VARIANTS[key].start(surroundings)));
    }
    runs.push(await httpRounds(programs, [pair], pairs, (text) => progress(`start ${round + 1}: ${text}`)));
  }
  const joined = (connections: number) =>
    new PairSamples<HttpSample>(runs.flatMap((run) => run[connections] ?? []));
  return Object.fromEntries(CONNECTIONS.map((it) => [it, joined(it)]));
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

/** One line on the terminal that is overwritten; nothing where nobody looks. */
function progress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}\r`));
}
