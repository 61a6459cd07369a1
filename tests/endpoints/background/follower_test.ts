import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Deadlines } from "../../../lib/deadlines.ts";
import { GatewayError } from "../../../lib/errors.ts";
import { Follower } from "../../../lib/endpoints/background/follower.ts";
import { RunChanges } from "../../../lib/endpoints/background/run_changes.ts";
import { OpenAnswers } from "../../../lib/stages/upstream/open_answers.ts";
import { InstrumentedRuns } from "../../../lib/stores/instrumented_runs.ts";
import { memoryStores } from "../../../lib/stores/memory_stores.ts";
import type { RunStore } from "../../../lib/stores/run_store.ts";
import type { Exchange } from "../../../lib/telemetry/exchange.ts";
import { ManualClock } from "../../manual_clock.ts";
import { arrived, type FakeClient } from "../../middleware/arrived.ts";
import { turn } from "../../stages/stage_bench.ts";
import { event, queued } from "../../stores/run_store_contract.ts";
import { runStoreWith } from "../../stores/run_store_with.ts";

const LEASE = { process: "one", until: 0 };
const decoder = new TextDecoder();

class Scene implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly stores = memoryStores({ maxEntries: 10, maxBytes: 1e8, ttl: 1e9, clock: this.clock });
  readonly changes = new RunChanges();
  readonly openAnswers = new OpenAnswers();
  readonly ended: Exchange[] = [];
  readonly exchange: Exchange = arrived({}, { ended: this.ended });
  /** The record lets go of it at its end. */
  readonly client: FakeClient = this.exchange.client as FakeClient;
  /** How often the store was asked for events. */
  reads = 0;

  get runs(): RunStore {
    return this.stores.runs;
  }

  follow(after = -1): ReadableStreamDefaultReader<Uint8Array> {
    const runs = runStoreWith(this.runs, {
      events: (...given) => {
        this.reads++;
        return this.runs.events(...given);
      },
    });
    const { clock, deadlines, changes, openAnswers } = this;
    const body = Follower.follow(this.exchange, { owner: "alice", id: "resp_1", after, poll: 250 }, null, {
      clock,
      changes,
      openAnswers,
      runs: new InstrumentedRuns(runs, "memory", { clock, deadlines, timeout: 0 }),
      output: { deadlines, highWaterMark: 64 * 1024, pingInterval: 15_000, writeStall: 60_000 },
    });
    return body.getReader();
  }

  /** All that comes until the end. */
  async rest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += decoder.decode(value);
    }
  }

  outcome() {
    const [exchange] = this.ended;
    assertEquals(this.ended.length, 1);
    return [exchange?.outcome, exchange?.status, exchange?.errorType];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    assertEquals([this.deadlines.size, this.openAnswers.size], [0, 0], "nothing is left behind");
    await this.stores.turns.close();
  }
}

Deno.test("Follower shows what is stored, then what comes, at its news or after a while, to the end", async () => {
  await using scene = new Scene();
  await scene.runs.begin(queued("resp_1"), LEASE, [event(0), event(1)]);
  const reader = scene.follow(0);
  assertEquals(decoder.decode((await reader.read()).value), event(1).text);
  await turn();
  const reads = scene.reads;
  await scene.runs.append("alice", "resp_1", [event(2)]);
  await turn();
  assertEquals(scene.reads, reads, "without news nobody asks");
  scene.changes.tell("resp_1");
  assertEquals(decoder.decode((await reader.read()).value), event(2).text);
  // Another process's news are not heard.
  await scene.runs.finish("alice", "resp_1", { status: "completed" }, [event(3)]);
  await turn();
  scene.clock.advance(250);
  assertEquals(await scene.rest(reader), event(3).text);
  assertEquals(scene.outcome(), ["success", 200, ""]);
  assertEquals(scene.ended[0]?.responseBytes, [1, 2, 3].map((each) => event(each).text).join("").length);
});

Deno.test("Follower reads no further than its client does", async () => {
  await using scene = new Scene();
  const many = Array.from({ length: 2_000 }, (_, index) => event(index, "x".repeat(1_000)));
  await scene.runs.begin(queued("resp_1"), LEASE, many);
  await scene.runs.finish("alice", "resp_1", { status: "completed" }, []);
  const reader = scene.follow();
  await turn();
  await turn();
  assertEquals(scene.reads, 1);
  assertEquals((await scene.rest(reader)).length, 2_000_000);
  assert(scene.reads > 10);
  assertEquals(scene.outcome(), ["success", 200, ""]);
});

Deno.test("Follower gives up a client that reads nothing", async () => {
  await using scene = new Scene();
  await scene.runs.begin(queued("resp_1"), LEASE, [event(0, "x".repeat(100_000))]);
  scene.follow();
  await turn();
  scene.clock.advance(61_000);
  await turn();
  assertEquals([scene.client.aborted, scene.outcome()[0]], [true, "cancelled"]);
  scene.clock.advance(250);
  await turn();
});

Deno.test("Follower notices that its client left", async () => {
  await using scene = new Scene();
  await scene.runs.begin(queued("resp_1"), LEASE, [event(0)]);
  const reader = scene.follow();
  await reader.read();
  await reader.cancel();
  assertEquals(scene.outcome(), ["cancelled", 499, ""]);
  assertEquals(scene.ended[0]?.cancelStage, "streaming");
  scene.clock.advance(250);
  await turn();
});

Deno.test("Follower tells by an error event why it ends early", async () => {
  const causes: readonly [cause: (scene: Scene) => unknown, code: string, outcome: unknown[]][] = [
    [
      (scene) =>
        scene.openAnswers.failAll(new GatewayError("shutting_down", "The gateway is shutting down.")),
      "shutting_down",
      ["error", 503, "shutting_down"],
    ],
    [
      async (scene) => {
        await scene.stores.turns.delete("alice", "resp_1");
        scene.changes.tell("resp_1");
      },
      "response_not_found",
      ["rejected", 404, "response_not_found"],
    ],
  ];
  for (const [cause, code, outcome] of causes) {
    await using scene = new Scene();
    await scene.runs.begin(queued("resp_1"), LEASE, [event(0), event(7)]);
    const reader = scene.follow();
    await reader.read();
    await turn();
    await cause(scene);
    const text = await scene.rest(reader);
    assertStringIncludes(text, `event: error\n`);
    assertStringIncludes(text, `"sequence_number":8,"code":"${code}"`);
    assertEquals(scene.outcome(), outcome);
    scene.clock.advance(250);
    await turn();
  }
});
