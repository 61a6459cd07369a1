/** {@linkcode Overload} before one processor that is asked for several times what it can do, in a time of its own. */
import { assert, assertEquals } from "@std/assert";
import { Overload } from "../../lib/middleware/overload.ts";
import { seededRandom } from "../../lib/providers/mock/seeded_random.ts";
import { quantile } from "../../lib/tools/statistics.ts";
import { ManualClock } from "../manual_clock.ts";

interface Demand {
  /** Requests a millisecond. */
  readonly rate: number;
  /** Milliseconds that one lasts, always or on the average. */
  readonly lasts: number;
  readonly alike: boolean;
  /** Milliseconds of the processor that its beginning takes, and each second of it. */
  readonly begin: number;
  readonly second: number;
}

const STREAMS: Demand = { rate: 2.25, lasts: 1000, alike: true, begin: 0.25, second: 1 };
const REFUSAL_MS = 0.055;
/** What collections of garbage take, each so many milliseconds. */
const PAUSES = [{ each: 700, takes: 3 }, { each: 3000, takes: 12 }];
/** Until a limit has found its place, which takes longest where streams are long, and what is judged then. */
const SECONDS = { before: 90, judged: 90 };

const DEMANDS: Readonly<Record<string, Demand>> = {
  "three times as many streams of a second each": STREAMS,
  "a fifth more streams than can be served": { ...STREAMS, rate: 0.85 },
  "ten times as many": { ...STREAMS, rate: 7 },
  "streams of a second on the average": { ...STREAMS, alike: false },
  "streams of ten seconds each": { ...STREAMS, rate: 0.4, lasts: 10_000 },
  "streams of a fifth of a second": { ...STREAMS, rate: 5, lasts: 200, begin: 0.4 },
  "whole answers": { rate: 3, lasts: 800, alike: false, begin: 1, second: 0 },
};

interface Outcome {
  /** The processor's. */
  readonly busy: number;
  /** Milliseconds that what is refused waits for its turn, in order of size. */
  readonly waits: readonly number[];
  /** How often a limit began or ended. */
  readonly changes: number;
}

/** All requests stand in one queue, as they do before an event loop. */
function serve(demand: Demand): Outcome {
  const clock = new ManualClock();
  const random = seededRandom(7);
  const ends = new Map<number, number>();
  const waits: number[] = [];
  let [queue, inFlight, asked, busy, changes] = [0, 0, 0, 0, 0];
  const overload = new Overload({
    inFlight: () => inFlight,
    memory: () => 0,
    collect() {},
    onGrown() {},
    onChange: () => changes++,
  });
  overload.setLimits({ memory: null, lag: 3, grownAfter: 0 });
  clock.every(100, () => overload.sample(queue));
  const millisecond = (judged: boolean) => {
    clock.advance(1);
    const now = clock.now();
    for (const { each, takes } of PAUSES) if (now % each === 0) queue += takes;
    queue += inFlight * demand.second / 1000;
    inFlight -= ends.get(now) ?? 0;
    ends.delete(now);
    asked += demand.rate * (0.6 + 0.8 * random());
    for (; asked >= 1; asked--) {
      if (inFlight < overload.requests) {
        inFlight++;
        queue += demand.begin;
        const lasts = demand.alike ? demand.lasts : -Math.log(1 - random()) * demand.lasts;
        const end = now + Math.ceil(lasts + queue);
        ends.set(end, (ends.get(end) ?? 0) + 1);
      } else {
        if (judged) waits.push(queue);
        queue += REFUSAL_MS;
      }
    }
    if (judged) busy += Math.min(queue, 1);
    queue = Math.max(0, queue - 1);
  };
  for (let i = 0; i < SECONDS.before * 1000; i++) millisecond(false);
  for (let i = 0; i < SECONDS.judged * 1000; i++) millisecond(true);
  return { busy: busy / SECONDS.judged / 1000, waits: waits.sort((a, b) => a - b), changes };
}

for (const [what, demand] of Object.entries(DEMANDS)) {
  Deno.test(`Overload keeps a processor busy and refuses within milliseconds: ${what}`, () => {
    const { busy, waits, changes } = serve(demand);
    const [median, p90, p99] = [quantile(waits, 0.5), quantile(waits, 0.9), quantile(waits, 0.99)];
    const told = `busy ${busy.toFixed(2)}, refused after ${median} (median), ${p90} (90 %), ${p99} (99 %) ms`;
    assert(busy >= 0.85, told);
    assert(median <= 5 && p90 <= 25 && p99 <= 50, told);
    // Once there is a limit it stays as long as it is needed: without one all would come at once.
    assertEquals(changes, 1);
  });
}
