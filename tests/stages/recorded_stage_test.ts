import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { GatewayError } from "../../lib/errors.ts";
import { type FailureMode, recordedStage, type StageWork } from "../../lib/stages/recorded_stage.ts";
import { Exchange } from "../../lib/telemetry/exchange.ts";
import { ManualClock } from "../manual_clock.ts";

const FACTS = {
  detected: true,
  action: "blocked",
  type: "override",
  detector: "patterns",
  score: 1,
  by: "user",
} as const;
const OTHER_FACTS = { ...FACTS, detected: false, action: "allowed" } as const;

function scene(work: StageWork<"jailbreak_detection", null>, onFailure: FailureMode = "open") {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 1);
  const exchange = new Exchange(clock.now(), 0, { finished: () => {} });
  exchange.traced = true;
  const options = { clock, deadlines, deadline: 100, onFailure };
  const stage = recordedStage("jailbreak_detection", "guard", work, options);
  return { clock, exchange, run: () => stage.run(exchange, null) };
}

Deno.test("recordedStage() records what its work found, and the time it took", async () => {
  const { clock, exchange, run } = scene(() => {
    clock.advance(5);
    return Promise.resolve({ facts: OTHER_FACTS });
  });
  assertEquals(await run(), null);
  const [record] = exchange.stageRuns;
  assertEquals([record?.stage, record?.facts, record?.errorType], ["jailbreak_detection", OTHER_FACTS, ""]);
  assertEquals([(record?.endedAt ?? 0) - (record?.startedAt ?? 0), exchange.phases.guard], [5, 5]);
  assertEquals(record?.spanId.length, 16);
});

Deno.test("recordedStage() costs no turn where its work does not wait, and adds up within a phase", () => {
  const { clock, exchange, run } = scene(() => {
    clock.advance(2);
    return { facts: OTHER_FACTS };
  });
  assertEquals([run(), run()], [null, null]);
  assertEquals([exchange.phases.guard, exchange.stageRuns.length], [4, 2]);
});

Deno.test("recordedStage() leaves no span where there was nothing to do", () => {
  const { exchange, run } = scene(() => null);
  assertEquals([run(), exchange.stageRuns.length], [null, 0]);
});

Deno.test("recordedStage() records a refusal before it refuses", () => {
  const refusal = new GatewayError("content_blocked", "No.");
  const { exchange, run } = scene(() => ({ facts: FACTS, refusal }));
  assertThrows(run, GatewayError, "No.");
  assertEquals([exchange.stageRuns[0]?.facts, exchange.securityAction], [FACTS, "blocked"]);
});

Deno.test("recordedStage() goes on where it fails open, and refuses with 503 where it fails closed", async () => {
  for (
    const failing of [() => Promise.reject(new Error("x")), () => {
      throw new Error("x");
    }]
  ) {
    const open = scene(failing);
    assertEquals(await open.run(), null);
    assertEquals(open.exchange.stageRuns[0]?.errorType, "internal_error");
    const closed = scene(failing, "closed");
    const error = await assertRejects(async () => await closed.run(), GatewayError);
    assertEquals([error.code, error.status], ["stage_failed", 503]);
    assertEquals(error.message, "The request could not be checked: jailbreak detection failed.");
    assertEquals(closed.exchange.stageRuns.length, 1);
  }
});

Deno.test("recordedStage() does not wait beyond its deadline", async () => {
  const { clock, exchange, run } = scene(() => new Promise(() => {}));
  const answer = run();
  clock.advance(101);
  assertEquals(await answer, null);
  assertEquals(exchange.stageRuns[0]?.errorType, "stage_timeout");
});

Deno.test("recordedStage() passes on that the client left, whatever its mode", async () => {
  const gone = new GatewayError("client_closed_request", "Gone.");
  const { run } = scene(() => Promise.reject(gone));
  assertEquals(await assertRejects(async () => await run(), GatewayError), gone);
});
