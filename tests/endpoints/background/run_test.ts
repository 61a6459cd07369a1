import { assertEquals, assertStringIncludes } from "@std/assert";
import { Deadlines } from "../../../lib/deadlines.ts";
import { GatewayError } from "../../../lib/errors.ts";
import { Run, type RunTask, type Unstored } from "../../../lib/endpoints/background/run.ts";
import { RunClient } from "../../../lib/endpoints/background/run_exchange.ts";
import { RunEvents } from "../../../lib/endpoints/background/run_events.ts";
import { cancelledResponse, queuedResponse } from "../../../lib/endpoints/background/run_response.ts";
import type { Answer } from "../../../lib/stages/stage.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import { InstrumentedItems } from "../../../lib/stores/instrumented_items.ts";
import { InstrumentedRuns } from "../../../lib/stores/instrumented_runs.ts";
import { memoryStores } from "../../../lib/stores/memory_stores.ts";
import type { RunStore } from "../../../lib/stores/run_store.ts";
import type { Exchange } from "../../../lib/telemetry/exchange.ts";
import { openaiResponses } from "../../../lib/wire/openai_responses.ts";
import { ManualClock } from "../../manual_clock.ts";
import { arrived } from "../../middleware/arrived.ts";
import { responseObject, streamText } from "../../stages/scripts.ts";
import { gate, turn } from "../../stages/stage_bench.ts";
import { runStoreWith } from "../../stores/run_store_with.ts";

const encoder = new TextEncoder();

/** One run on a store in memory. */
class Scene implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly stores = memoryStores({ maxEntries: 10, maxBytes: 1e7, ttl: 1e9, clock: this.clock });
  readonly ended: Exchange[] = [];
  readonly unstored: Unstored[] = [];
  readonly client = new RunClient();
  readonly request: ModelRequest;
  /** The store fails. */
  down = false;
  readonly #streamed: boolean;
  readonly #instrument = { clock: this.clock, deadlines: new Deadlines(this.clock), timeout: 0 };

  constructor(streamed: boolean) {
    this.#streamed = streamed;
    const body = { model: "m", input: "x", stream: streamed };
    this.request = new ModelRequest(openaiResponses, encoder.encode(JSON.stringify(body)));
  }

  get runs(): RunStore {
    const { runs } = this.stores;
    return runStoreWith(runs, {
      finish: (...given) => this.down ? Promise.reject(new Error("disk full")) : runs.finish(...given),
    });
  }

  async begin(answer: () => Promise<Answer>): Promise<Run> {
    const response = queuedResponse({ id: "resp_1", model: "m", created: 1, request: this.request.json });
    const events = this.#streamed ? new RunEvents(response) : null;
    const turn = { owner: "alice", previousId: null, conversationId: null, input: [] };
    const kept = { id: "resp_1", model: "m", createdAt: 0, ...turn, response };
    await this.stores.runs.begin(kept, { process: "one", until: 0 }, events?.begin() ?? []);
    const exchange = arrived({}, { ended: this.ended });
    exchange.client = this.client;
    exchange.runId = response.id;
    const task: RunTask = {
      exchange,
      client: this.client,
      turn,
      request: this.request,
      response,
      events,
      answer,
    };
    return new Run(task, {
      clock: this.clock,
      runs: new InstrumentedRuns(this.runs, "memory", this.#instrument),
      items: new InstrumentedItems(this.stores.items, "memory", this.#instrument),
      maxEventBytes: 1e6,
      onChange: () => {},
      onUnstored: (it) => this.unstored.push(it),
    });
  }

  /** What the store says of the response in the end. */
  async response() {
    return (await this.stores.turns.get("alice", "resp_1"))?.response;
  }

  async lastEvent(): Promise<string> {
    return (await this.stores.runs.events("alice", "resp_1", -1, 1000))?.events.at(-1)?.text ?? "";
  }

  outcome() {
    return this.ended.map(({ outcome, status, errorType }) => [outcome, status, errorType]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stores.turns.close();
  }
}

/** A whole answer, stored as the upstream stage has it. */
function whole(scene: Scene): () => Promise<Answer> {
  const json = responseObject("completed", "Hello");
  return async () => {
    await scene.request.beforeEnd?.(json);
    return { kind: "whole", body: encoder.encode(JSON.stringify(json)), headers: null };
  };
}

function stream(text: string): () => Promise<Answer> {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(encoder.encode(text));
      controller.close();
    },
  });
  return () => Promise.resolve({ kind: "stream", body, headers: null });
}

Deno.test("a run stores a whole answer under the id that was promised", async () => {
  await using scene = new Scene(false);
  await (await scene.begin(whole(scene))).work();
  const response = await scene.response();
  assertEquals([response?.id, response?.status], ["resp_1", "completed"]);
  assertEquals(scene.outcome(), [["success", 200, ""]]);
});

Deno.test("a run stores an answer that no provider gave", async () => {
  await using scene = new Scene(false);
  const body = encoder.encode(JSON.stringify(responseObject("completed", "from a cache")));
  await (await scene.begin(() => Promise.resolve({ kind: "whole", body, headers: null }))).work();
  assertEquals((await scene.response())?.status, "completed");
});

Deno.test("a run whose stream ends without a last event has failed", async () => {
  await using scene = new Scene(true);
  const text = streamText("openai_responses");
  await (await scene.begin(stream(text.slice(0, text.indexOf("event: response.completed"))))).work();
  assertEquals((await scene.response())?.status, "failed");
  assertStringIncludes(await scene.lastEvent(), "event: response.failed\n");
});

Deno.test("a run fails with what went wrong, and by a fault of the gateway's own too", async () => {
  const causes: [cause: unknown, code: string, outcome: unknown[]][] = [
    [
      new GatewayError("rate_limit_exceeded", "Slowly."),
      "rate_limit_exceeded",
      ["rejected", 429, "rate_limit_exceeded"],
    ],
    [new GatewayError("upstream_timeout", "Late."), "server_error", ["error", 504, "upstream_timeout"]],
    [new TypeError("x is not a function"), "server_error", ["error", 500, "internal_error"]],
  ];
  for (const [cause, code, outcome] of causes) {
    await using scene = new Scene(false);
    await (await scene.begin(() => Promise.reject(cause))).work();
    const response = await scene.response();
    assertEquals([response?.status, (response?.error as { code: string }).code], ["failed", code]);
    assertEquals(scene.outcome(), [outcome]);
    assertEquals(JSON.stringify(response).includes("is not a function"), false);
  }
});

Deno.test("a run that cannot be stored is left to be stored later", async () => {
  for (const streamed of [false, true]) {
    await using scene = new Scene(streamed);
    const run = await scene.begin(streamed ? stream(streamText("openai_responses")) : whole(scene));
    scene.down = true;
    await run.work();
    assertEquals(scene.unstored.map(({ owner, id }) => [owner, id]), [["alice", "resp_1"]]);
    const [left] = scene.unstored;
    assertEquals(left?.response.status, streamed ? "completed" : "failed");
    assertEquals(left?.events.length, streamed ? 1 : 0);
  }
});

Deno.test("a run that is ended early lets its provider go, and what comes later changes nothing", async () => {
  await using scene = new Scene(false);
  const answered = gate();
  const run = await scene.begin(async () => {
    await answered.opened;
    return await whole(scene)();
  });
  const work = run.work();
  await turn();
  const response = cancelledResponse({ ...await scene.response(), id: "resp_1" });
  assertEquals(await run.end(arrived(), response), true);
  assertEquals(await run.end(arrived(), response), false);
  answered.open();
  await work;
  assertEquals((await scene.response())?.status, "cancelled");
});

Deno.test("a run that was deleted or refused before its turn asks no provider", async () => {
  let asked = 0;
  const answer = () => {
    asked++;
    return Promise.reject(new Error("nobody was to be asked"));
  };
  {
    await using scene = new Scene(false);
    const run = await scene.begin(answer);
    await scene.stores.turns.delete("alice", "resp_1");
    await run.work();
    assertEquals(scene.outcome(), [["cancelled", 499, ""]]);
  }
  {
    await using scene = new Scene(true);
    const run = await scene.begin(answer);
    run.refuse(new GatewayError("shutting_down", "The gateway is shutting down."));
    await run.work();
    assertEquals(scene.outcome(), [["error", 503, "shutting_down"]]);
    assertStringIncludes(await scene.lastEvent(), "event: response.failed\n");
  }
  assertEquals(asked, 0);
});
