import { assertEquals } from "@std/assert";
import type { Clock } from "../../../lib/clock.ts";
import { Deadlines } from "../../../lib/deadlines.ts";
import { RunKeeper } from "../../../lib/endpoints/background/run_keeper.ts";
import { InstrumentedRuns } from "../../../lib/stores/instrumented_runs.ts";
import { memoryStores } from "../../../lib/stores/memory_stores.ts";
import type { RunStore } from "../../../lib/stores/run_store.ts";
import { ManualClock } from "../../manual_clock.ts";
import { turn } from "../../stages/stage_bench.ts";
import { event, queued } from "../../stores/run_store_contract.ts";
import { runStoreWith } from "../../stores/run_store_with.ts";

const LEASE = 15_000;
const BEAT = LEASE / 3;

/** Several processes on one store. */
class Scene implements AsyncDisposable {
  readonly time = new ManualClock();
  /** Milliseconds that the wall clock has jumped ahead. */
  jumped = 0;
  readonly stores = memoryStores({ maxEntries: 100, maxBytes: 1e6, ttl: 1e9, clock: this.time });
  readonly deadlines = new Deadlines(this.time);
  readonly warnings: string[] = [];
  readonly changed: string[] = [];
  readonly ended: string[] = [];
  readonly #keepers: RunKeeper[] = [];

  get clock(): Clock {
    const { time } = this;
    return {
      now: () => time.now(),
      wall: () => time.wall() + this.jumped,
      every: (ms, callback) => time.every(ms, callback),
    };
  }

  /** A process that makes these runs of alice's. */
  process(ids: readonly string[], runs: RunStore = this.stores.runs): RunKeeper {
    const options = { clock: this.time, deadlines: this.deadlines, timeout: 0 };
    const keeper = new RunKeeper({
      clock: this.clock,
      runs: new InstrumentedRuns(runs, "memory", options),
      lease: LEASE,
      local: () => ids.map((id) => ({ owner: "alice", id })),
      onChange: (id) => this.changed.push(id),
      onEnded: (id) => this.ended.push(id),
      onWarning: (message) => this.warnings.push(message),
    });
    this.#keepers.push(keeper);
    return keeper;
  }

  /** Lets time pass, a beat at a time. */
  async beats(count: number): Promise<void> {
    for (let beat = 0; beat < count; beat++) {
      this.time.advance(BEAT);
      await turn();
    }
  }

  async status(id: string): Promise<unknown> {
    return (await this.stores.turns.get("alice", id))?.response.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const keeper of this.#keepers) keeper.close();
    await this.stores.turns.close();
  }
}

Deno.test("a living process keeps its runs, whoever else is started", async () => {
  await using scene = new Scene();
  const living = scene.process(["resp_1"]);
  await scene.stores.runs.begin(queued("resp_1"), living.lease(), []);
  await scene.beats(2);
  scene.process([]);
  await scene.beats(20);
  assertEquals(await scene.status("resp_1"), "queued");
  assertEquals(scene.warnings, []);
});

Deno.test("what a dead process left is failed, with a last event where it is streamed", async () => {
  await using scene = new Scene();
  const { runs } = scene.stores;
  const dead = scene.process([]);
  await runs.begin(queued("whole"), dead.lease(), []);
  await runs.begin(queued("streamed"), dead.lease(), [event(0), event(1)]);
  dead.close();
  scene.process([]);
  await scene.beats(3);
  assertEquals(await scene.status("whole"), "queued");
  await scene.beats(2);
  assertEquals([await scene.status("whole"), await scene.status("streamed")], ["failed", "failed"]);
  const page = await runs.events("alice", "streamed", 1, 10);
  assertEquals([page?.finished, page?.events.length], [true, 1]);
  assertEquals(page?.events[0]?.text.startsWith("event: response.failed\n"), true);
  assertEquals((await runs.events("alice", "whole", -1, 10))?.events, []);
  assertEquals(scene.warnings.length, 2);
  assertEquals(scene.changed.sort(), ["streamed", "whole"]);
});

Deno.test("a response that was answered stays so, though its process died before it said the last word", async () => {
  await using scene = new Scene();
  const { runs } = scene.stores;
  const dead = scene.process([]);
  await runs.begin(queued("resp_1"), dead.lease(), [event(0)]);
  await runs.update("alice", "resp_1", { id: "resp_1", status: "completed", output: ["text"] });
  dead.close();
  scene.process([]);
  await scene.beats(6);
  assertEquals(await scene.status("resp_1"), "completed");
  const page = await runs.events("alice", "resp_1", 0, 10);
  assertEquals([page?.finished, page?.events[0]?.text.startsWith("event: response.completed\n")], [
    true,
    true,
  ]);
  assertEquals(scene.warnings, []);
});

Deno.test("a clock that jumps ahead fails no run of a living process", async () => {
  await using scene = new Scene();
  // The other one looks first in each round.
  scene.process([]);
  const living = scene.process(["resp_1"]);
  await scene.stores.runs.begin(queued("resp_1"), living.lease(), []);
  await scene.beats(1);
  scene.jumped = 3_600_000;
  await scene.beats(4);
  assertEquals(await scene.status("resp_1"), "queued");
});

Deno.test("a process hears that another one ended or deleted its runs", async () => {
  await using scene = new Scene();
  const { runs, turns } = scene.stores;
  const ids: string[] = [];
  const living = scene.process(ids);
  await turn();
  for (const id of ["ended", "deleted", "alive"]) await runs.begin(queued(id), living.lease(), []);
  ids.push("ended", "deleted", "alive");
  await runs.finish("alice", "ended", { id: "ended", status: "cancelled" }, []);
  await turns.delete("alice", "deleted");
  await scene.beats(1);
  assertEquals(scene.ended, ["ended", "deleted"]);
});

Deno.test("what the store refused is stored once it is there again", async () => {
  await using scene = new Scene();
  const { runs } = scene.stores;
  let down = true;
  const shaky = runStoreWith(runs, {
    finish: (...given) => down ? Promise.reject(new Error("disk full")) : runs.finish(...given),
  });
  const keeper = scene.process([], shaky);
  await runs.begin(queued("resp_1"), keeper.lease(), []);
  const response = { id: "resp_1", status: "failed" };
  keeper.tryAgain({ owner: "alice", id: "resp_1", response, events: [] });
  await scene.beats(1);
  assertEquals(await scene.status("resp_1"), "queued");
  down = false;
  await scene.beats(1);
  assertEquals(await scene.status("resp_1"), "failed");
});
