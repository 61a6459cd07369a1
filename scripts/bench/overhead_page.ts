/** What `deno task bench overhead` measured, as a page. */
import { machine } from "../machine.ts";
import { revision } from "../revision.ts";
import { BATCH } from "./gateway.ts";
import type { HttpSample, HttpSamples } from "./http_rounds.ts";
import type { LedgerAccount, LedgerRow } from "./ledger.ts";
import type { Pair } from "./pairs.ts";
import type { Estimate } from "../../lib/tools/statistics.ts";
import { table, withInterval } from "./table.ts";
import { VARIANTS } from "./variants.ts";

/** Shares of a request's CPU that telemetry may take. */
const GATES = { "metrics and logs": 0.04, "10 % traces": 0.05, "100 % traces": 0.10 } as const;
const GATED = Object.keys(GATES) as (keyof typeof GATES)[];
const CONTROL = "A/A control (nothing)" satisfies LedgerRow;

/** What 100 % traces are made of: a part's cost is its row less the one before it. */
const PARTS = [
  ["counters and histograms", "metrics", null],
  ["the closing line made", "lines, thrown away", "metrics"],
  ["lines written into the pipe", "metrics and logs", "lines, thrown away"],
  ["ids, spans made and encoded", "100 % traces, thrown away", "metrics and logs"],
  ["spans sent to the collector", "100 % traces", "100 % traces, thrown away"],
] as const satisfies readonly (readonly [string, LedgerRow, LedgerRow | null])[];

/** Two programs under load at the same time; the first pair is the control. */
export const OVERHEAD_PAIRS = [
  ["gateway-off", "gateway-off-control"],
  ["gateway-off", "gateway-metrics"],
  ["gateway-off", "gateway-10"],
  ["gateway-off", "gateway-100"],
] as const satisfies readonly Pair[];

/** What the guides say that latency grows by: guide 002 less than, guide 003 from and to. */
const CLAIMS = {
  "gateway-off-control": null,
  "gateway-metrics": { below: 0.01, always: null },
  "gateway-10": { below: 0.02, always: [0.001, 0.002] },
  "gateway-100": { below: 0.05, always: [0.01, 0.02] },
} as const;

type Accounts = Readonly<Record<number, LedgerAccount>>;

export async function overheadPage(accounts: Accounts, pairs: HttpSamples): Promise<string> {
  return `# What telemetry costs a request

Commit ${await revision()}, ${new Date().toISOString().slice(0, 10)}; ${machine()}; Deno ${Deno.version.deno}.
Made by \`deno task bench overhead\`. Every figure is a median with its 95 % bootstrap interval.

## The ledger

CPU of all projections and exports of a request (metrics, the log line into a pipe, spans encoded and sent over
OTLP/HTTP to a collector), in one process, over the CPU of a whole request through a gateway whose telemetry is off.
The upstream takes no time. The process does what a gateway does towards its providers: each record is that of a
request which is really sent and answered, over so many connections, and what that costs without telemetry, in the runs
just before and after, is taken off. The control does nothing besides: what it is found to cost is the method's own error.
Machines change their speed from one second to the next, so a percentage is the median of ratios, each within one round,
and microseconds are that share of the request that the table is about.
Spans are sent as from the gateways below, up to ${BATCH.maxSize} at a time (\`OTEL_BSP_MAX_EXPORT_BATCH_SIZE\`): by OpenTelemetry's
default of 512 each batch's own cost, about 80 µs, is that of fewer requests.

${Object.entries(accounts).map(([connections, it]) => ledgerTable(Number(connections), it)).join("\n")}
What 100 % traces are made of, each part measured by leaving out those below it:

${partsTable(Object.entries(accounts))}
## End to end

Two gateways under load at the same time, in short rounds of changing order: one with telemetry off, and one with it.
What each round's ratio says of the median latency, beside what the guides claim. A claim is met where it lies in or
above the interval. What a process happens to be (where its code and its objects lie) it stays, and two that do the same
differ by that: both are started anew after four rounds, and intervals are of starts that are drawn whole (a cluster
bootstrap). The claims are of real providers, which take hundreds of milliseconds; here a request waits for nobody, and
with 32 connections its latency is the CPU that all of them take.

${Object.keys(pairs).map((it) => pairsTable(Number(it), pairs)).join("\n")}`;
}

function ledgerTable(connections: number, { share, request }: LedgerAccount): string {
  const figures = (row: LedgerRow) => [
    row,
    withInterval(times(share[row], request.median), 2),
    withInterval(times(share[row], 100), 1),
  ];
  const rows = GATED.map((row) => {
    const met = share[row].median <= GATES[row];
    return [...figures(row), `${100 * GATES[row]} %`, met ? "met" : "missed"];
  });
  rows.unshift([...figures(CONTROL), "", ""]);
  const title = `${named(connections)}, a whole request takes ${withInterval(request, 1)} µs`;
  return `${title}:\n\n${table(["telemetry", "µs a request", "%", "gate", ""], rows)}`;
}

function partsTable(accounts: readonly (readonly [connections: string, LedgerAccount])[]): string {
  const rows = PARTS.map(([title, row, before]) => [
    title,
    ...accounts.flatMap(([, { share, request }]) => {
      const part = share[row].median - (before === null ? 0 : share[before].median);
      const all = share["100 % traces"].median;
      return [(part * request.median).toFixed(2), `${(100 * part / all).toFixed(0)} %`];
    }),
  ]);
  const columns = accounts.flatMap(([connections]) => [`µs, c = ${connections}`, "share"]);
  return table(["part", ...columns], rows);
}

function times({ median, low, high }: Estimate, factor: number): Estimate {
  return { median: median * factor, low: low * factor, high: high * factor };
}

function pairsTable(connections: number, pairs: HttpSamples): string {
  const samples = pairs[connections];
  const rows = OVERHEAD_PAIRS.map((pair) => {
    const [, variant] = pair;
    const ratio = (read: (sample: HttpSample) => number) => samples?.ratio(pair, read) ?? null;
    const p50 = ratio((it) => it.p50);
    const claims = CLAIMS[variant];
    return [
      VARIANTS[variant].title,
      withInterval(p50, 3),
      withInterval(ratio((it) => it.cpu), 3),
      claims === null ? "" : verdict(`+${100 * claims.below} %`, 1 + claims.below, p50),
      claims === null || claims.always === null
        ? ""
        : verdict(claims.always.map((it) => 100 * it).join("–") + " %", 1 + claims.always[1], p50),
    ];
  });
  const header = ["variant", "p50 × off", "CPU × off", "guide 002", "guide 003"];
  return `${named(connections)}:\n\n${table(header, rows)}`;
}

/** A claim is met where it lies in or above the interval. */
function verdict(claim: string, limit: number, ratio: Estimate | null): string {
  if (ratio === null) return claim;
  return `${claim}: ${limit >= ratio.low ? "met" : "missed"}`;
}

function named(connections: number): string {
  return connections === 1 ? "1 connection" : `${connections} connections`;
}
