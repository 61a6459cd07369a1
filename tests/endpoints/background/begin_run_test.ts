import { assertEquals, assertRejects } from "@std/assert";
import { Deadlines } from "../../../lib/deadlines.ts";
import { BackgroundRuns } from "../../../lib/endpoints/background/background_runs.ts";
import { beginRun } from "../../../lib/endpoints/background/begin_run.ts";
import { GatewayError } from "../../../lib/errors.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import { OpenAnswers } from "../../../lib/stages/upstream/open_answers.ts";
import { InstrumentedItems } from "../../../lib/stores/instrumented_items.ts";
import { InstrumentedRuns } from "../../../lib/stores/instrumented_runs.ts";
import { memoryStores } from "../../../lib/stores/memory_stores.ts";
import { openaiResponses } from "../../../lib/wire/openai_responses.ts";
import { ManualClock } from "../../manual_clock.ts";
import { arrived } from "../../middleware/arrived.ts";
import { turn } from "../../stages/stage_bench.ts";
import { runStoreWith } from "../../stores/run_store_with.ts";

const LEASE = 15_000;

for (const stream of [false, true]) {
  Deno.test(`beginRun() fails a run that was stored though its client heard that it was not, ${stream ? "streamed" : "whole"}`, async () => {
    const clock = new ManualClock();
    const stores = memoryStores({ maxEntries: 10, maxBytes: 1e7, ttl: 1e9, clock });
    const stored: string[] = [];
    const late = runStoreWith(stores.runs, {
      async begin(...given) {
        stored.push(given[0].id);
        await stores.runs.begin(...given);
        throw new Error("answered too late");
      },
    });
    const instrument = { clock, deadlines: new Deadlines(clock), timeout: 0 };
    const runs = new InstrumentedRuns(late, "memory", instrument);
    const background = new BackgroundRuns({
      clock,
      runs,
      maxRunning: 1,
      maxQueued: 0,
      lease: LEASE,
      onWarning: () => {},
    });
    const body = JSON.stringify({ model: "m", input: "x", background: true, stream });
    const request = new ModelRequest(openaiResponses, new TextEncoder().encode(body));
    const place = { owner: "alice", previousId: null, conversationId: null, input: [] };
    const begun = beginRun(arrived(), request, place, {
      clock,
      runs,
      items: new InstrumentedItems(stores.items, "memory", instrument),
      background,
      stages: [{ name: "upstream", phase: null, run: () => null }],
      open: () => arrived(),
      run: { maxEventBytes: 1e6 },
      follower: {
        openAnswers: new OpenAnswers(),
        output: { deadlines: instrument.deadlines, highWaterMark: 1, pingInterval: 0, writeStall: 0 },
      },
    });
    const error = await assertRejects(() => begun, GatewayError);
    assertEquals(error.code, "conversation_store_unavailable");
    const [id = ""] = stored;
    assertEquals((await stores.turns.get("alice", id))?.response.status, "queued");
    clock.advance(LEASE);
    await turn();
    assertEquals((await stores.turns.get("alice", id))?.response.status, "failed");
    const page = await stores.runs.events("alice", id, -1, 10);
    assertEquals(page?.finished, true);
    assertEquals(
      page?.events.map(({ text }) => text.split("\n")[0]),
      stream ? ["event: response.created", "event: response.queued", "event: response.failed"] : [],
    );
    // The place of the run is free again.
    background.reserve()(null);
    background.close();
    await stores.turns.close();
  });
}
