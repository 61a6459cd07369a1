// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno run -A scripts/bench/stores.ts [DIRECTORY]`: what conversations cost in memory and on disk. CPU is that of the
 * main thread alone, which serves the requests; the rest of SQLite's work is in its worker. The rounds of the
 * backends take turns. DIRECTORY is where the files are made, so that a disk can be chosen (default the system's
 * for temporary files).
 */
import { systemClock } from "../../lib/clock.ts";
import type { StoredResponse } from "../../lib/stores/conversation_store.ts";
import { memoryStores } from "../../lib/stores/memory_stores.ts";
import { sqliteStores } from "../../lib/stores/sqlite_stores.ts";
import type { Stores } from "../../lib/stores/stores.ts";
import { estimate } from "../../lib/tools/statistics.ts";
import { table, withInterval } from "./table.ts";

const ROUNDS = 9;
const TURNS = 2_000;
const CHAIN = 10;
const LIMITS = { maxEntries: 1_000_000, maxBytes: 4 * 1024 ** 3, ttl: 3_600_000, clock: systemClock };

/** Bytes of a turn's text. */
const SIZES = [2_000, 20_000];
/** Operations under way at a time. */
const CONCURRENCY = [1, 64];

const [place] = Deno.args;
const directory = await Deno.makeTempDir({
  ...(place === undefined ? {} : { dir: place }),
  prefix: "bench-stores-",
});
let files = 0;
const BACKENDS: Readonly<Record<string, () => Promise<Stores>>> = {
  memory: () => Promise.resolve(memoryStores(LIMITS)),
  sqlite: () => open("normal"),
  "sqlite, full": () => open("full"),
};

function open(synchronous: "normal" | "full"): Promise<Stores> {
  return sqliteStores({ ...LIMITS, path: `${directory}/${files++}.db`, synchronous, timeout: 60_000 });
}

/** CPU time of this process's main thread, µs. */
function mainThreadCpu(): number {
  return Number(Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/schedstat`).split(" ")[0]) / 1_000;
}

interface Cost {
  /** µs of the main thread an operation. */
  readonly cpu: number;
  readonly perSecond: number;
}

async function measured(
  count: number,
  concurrency: number,
  run: (i: number) => Promise<unknown>,
): Promise<Cost> {
  let next = 0;
  const cpu = mainThreadCpu();
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (next < count) await run(next++);
  }));
  const seconds = (performance.now() - started) / 1_000;
  return { cpu: (mainThreadCpu() - cpu) / count, perSecond: count / seconds };
}

function turn(i: number, size: number, round: number): StoredResponse {
  const id = (n: number) => `resp_${round}_${n}`;
  const text = "lorem ipsum ".repeat(size / 24);
  return {
    id: id(i),
    owner: "owner",
    previousId: i % CHAIN === 0 ? null : id(i - 1),
    model: "gpt",
    createdAt: 0,
    input: [{ role: "user", content: text }],
    response: { id: id(i), output: [{ type: "message", content: [{ type: "output_text", text }] }] },
  };
}

const rows: string[][] = [];
try {
  for (const size of SIZES) {
    for (const concurrency of CONCURRENCY) {
      const costs = new Map(Object.keys(BACKENDS).map((name) => [name, new Map<string, Cost[]>()]));
      for (let round = 0; round <= ROUNDS; round++) {
        for (const [name, make] of Object.entries(BACKENDS)) {
          const stores = await make();
          const turns = Array.from({ length: TURNS }, (_, i) => turn(i, size, round));
          const id = (i: number) => turns[i % TURNS]?.id ?? "";
          const operations = {
            create: (i: number) => stores.turns.create(turns[i] ?? turn(i, size, round)),
            get: (i: number) => stores.turns.get("owner", id(i)),
            [`chain of ${CHAIN}`]: (i: number) => stores.turns.chain("owner", id(i * CHAIN + CHAIN - 1)),
          };
          for (const [operation, run] of Object.entries(operations)) {
            const cost = await measured(operation === "create" ? TURNS : TURNS / 4, concurrency, run);
            const of = costs.get(name);
            // The first round warms up.
            if (round > 0) of?.set(operation, [...of.get(operation) ?? [], cost]);
          }
          await stores.turns.close();
        }
      }
      for (const [name, operations] of costs) {
        for (const [operation, of] of operations) {
          rows.push([
            `${operation}, ${size / 1_000} kB, ${concurrency} at a time`,
            name,
            withInterval(estimate(of.map(({ cpu }) => cpu)), 0),
            withInterval(estimate(of.map(({ perSecond }) => perSecond)), 0),
          ]);
        }
      }
    }
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}
console.log(table(["Operation", "Store", "µs of the main thread", "a second"], rows));
