/** What the rounds of `deno task bench faults` say, as a page. */
import { type Estimate, median, mulberry32, quantile } from "../../lib/tools/statistics.ts";
import { machine } from "../machine.ts";
import { revision } from "../revision.ts";
import { table, withInterval } from "./table.ts";

/** What one gateway saw in one phase. */
export interface Side {
  /** Milliseconds. */
  readonly latencies: readonly number[];
  /** CPU of the main thread, microseconds a request. */
  readonly cpu: number;
}

/** Two gateways at the same time. */
export interface Phase {
  readonly healthy: Side;
  readonly faulty: Side;
}

/** What a gateway says of its traces. */
export interface Account {
  readonly produced: number;
  readonly exported: number;
  readonly dropped: number;
  readonly queued: number;
}

export interface FaultsResult {
  /** Requests a second to each gateway. */
  readonly rate: number;
  readonly phaseSeconds: number;
  /** By the fault's name. */
  readonly phases: ReadonlyMap<string, readonly Phase[]>;
  readonly requests: number;
  readonly failed: number;
  /** One a gateway. */
  readonly accounts: readonly Account[];
}

/** By how much a request may be slower at the 99th percentile. */
const GATE = 1.05;
/** Where more of the requests fail than one in so many, the machine had no time for them, and latencies say nothing. */
const ONE_FAILED_IN = 1000;
const RESAMPLES = 1000;
const SPANS_A_REQUEST = 3;
/** One is refused where the machine has no time for it: `server.max_lag`. */
const SPANS_REFUSED = 1;

const FIGURES: readonly ((phases: readonly Phase[]) => number)[] = [
  (phases) => p99(phases, "healthy"),
  (phases) => p99(phases, "faulty"),
  (phases) => median(phases.map((phase) => p99([phase], "faulty") / p99([phase], "healthy"))),
  (phases) => median(phases.map(({ faulty, healthy }) => faulty.cpu / healthy.cpu)),
];

export async function faultsPage(result: FaultsResult): Promise<string> {
  const { rate, phaseSeconds, requests, failed, accounts } = result;
  const overloaded = failed * ONE_FAILED_IN > requests;
  const rows = [...result.phases].map(([name, phases]) => {
    const [healthy, faulty, ratio, work] = estimates(phases) as [Estimate, Estimate, Estimate, Estimate];
    return [
      name,
      withInterval(healthy, 2),
      withInterval(faulty, 2),
      withInterval(ratio, 2),
      overloaded ? "no measure: overload" : verdict(ratio),
      withInterval(work, 2),
    ];
  });
  const rounds = result.phases.values().next().value?.length ?? 0;
  const total = (figure: keyof Account) => accounts.reduce((sum, it) => sum + it[figure], 0);
  const closes = total("produced") === SPANS_A_REQUEST * (requests - failed) + SPANS_REFUSED * failed &&
    accounts.every((it) => it.produced === it.exported + it.dropped);
  const head = [
    "the collector is / answers",
    "p99 healthy, ms",
    "p99 failing, ms",
    "ratio of a phase",
    `≤ ${GATE}`,
  ];
  return `# Requests while the collector fails

Commit ${await revision()}, ${new Date().toISOString().slice(0, 10)}; ${machine()}; Deno ${Deno.version.deno}.
Made by \`deno task bench faults\`.

Two gateways at the same time, each with a collector of its own and with ${rate} requests a second, whatever becomes of
those before them, all of them traced. For ${phaseSeconds} seconds one collector fails and the other is healthy; in the
next round it is the other way round. What happens to the machine, a starting collector included, happens to both: what
is left is what a gateway's own collector does to it. The faults come in changing order, in ${rounds} rounds. The 99th
percentiles are over all phases of a kind, so that a rare stall shows; the ratio is the median of the phases' own, which
a second in which the machine stood still does not decide. The last column compares in the same way what a request takes
of the main thread. 95 % intervals by drawing phases anew. The collector is a real one where it is restarted and frozen.

${table([...head, "main thread, failing / healthy"], rows)}
${requests.toLocaleString("en")} requests, ${failed} failed. ${
    total("produced").toLocaleString("en")
  } spans produced, three a request, one where it was refused:
${total("exported").toLocaleString("en")} exported, ${
    total("dropped").toLocaleString("en")
  } dropped; the account ${closes ? "closes" : "does not close"}. All gateways lived to the end.
`;
}

/** The figures over all phases; intervals by drawing phases anew, both sides of each together. */
function estimates(phases: readonly Phase[]): Estimate[] {
  const random = mulberry32(phases.length);
  const drawn = Array.from({ length: RESAMPLES }, () => {
    const some = phases.map(() => phases[Math.floor(random() * phases.length)] as Phase);
    return FIGURES.map((figure) => figure(some));
  });
  return FIGURES.map((figure, place) => {
    const sorted = drawn.map((it) => it[place] as number).sort((a, b) => a - b);
    return { median: figure(phases), low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
  });
}

function p99(phases: readonly Phase[], side: keyof Phase): number {
  return quantile(Float64Array.from(phases.flatMap((it) => it[side].latencies)).sort(), 0.99);
}

function verdict({ median, low, high }: Estimate): string {
  if (high <= GATE) return "met";
  if (low > GATE) return "missed";
  return median <= GATE ? "met, within noise" : "missed, within noise";
}
