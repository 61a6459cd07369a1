import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { PiiGuard } from "../../../lib/stages/pii/pii_guard.ts";
import { Placeholders } from "../../../lib/stages/pii/placeholders.ts";
import type { PiiAction } from "../../../lib/stages/pii/policy.ts";
import { Exchange } from "../../../lib/telemetry/exchange.ts";
import { ManualClock } from "../../manual_clock.ts";

function scene(action: PiiAction) {
  const exchange = new Exchange(0, 0, { finished: () => {} });
  const guard = new PiiGuard({
    exchange,
    clock: new ManualClock(),
    format: "openai_chat",
    placeholders: new Placeholders(() => false),
    policy: { action, actions: new Map(), patterns: [], patternBudget: 100 },
  });
  return { exchange, guard };
}

const START = { type: "part_start", choice: 0, part: 0, value: { type: "text", text: "" } } as const;
const DELTA = { type: "text_delta", choice: 0, part: 0, text: "a@b.org, and c" } as const;

Deno.test("what was found in an answer is told though the answer breaks off", () => {
  const { exchange, guard } = scene("redact");
  assertEquals(guard.events("openai_chat").push([START, DELTA]).at(-1), {
    ...DELTA,
    text: "<EMAIL_1>, and ",
  });
  assertEquals(exchange.stageRuns.map(({ facts }) => ({ ...facts })), [
    { detected: true, types: ["email"], action: "redacted" },
  ]);
});

Deno.test("an answer in which nothing was found leaves no run, one that is blocked leaves one", () => {
  const clean = scene("block");
  const events = clean.guard.events("openai_chat");
  events.push([START, { ...DELTA, text: "plain" }, { type: "end" }]);
  assertEquals(clean.exchange.stageRuns, []);
  const { exchange, guard } = scene("block");
  assertThrows(() => guard.events("openai_chat").push([START, DELTA]), GatewayError, "(email)");
  assertEquals([exchange.stageRuns.length, exchange.securityAction], [1, "blocked"]);
  assertThrows(
    () => guard.whole({ choices: [{ message: { content: "a@b.org" } }] }, "openai_chat"),
    GatewayError,
  );
});

Deno.test("each text of an answer is its own: choices, parts and calls do not mix, and each is flushed at its end", () => {
  const { guard } = scene("redact");
  const events = guard.events("openai_chat");
  const delta = (choice: number, part: number, text: string) => ({ ...DELTA, choice, part, text });
  const out = [
    ...events.push([delta(0, 0, "x a@b"), delta(1, 0, "y c@d"), delta(0, 1, "z")]),
    ...events.push([delta(1, 0, ".net"), delta(0, 0, ".org")]),
    ...events.push([{ type: "part_end", choice: 0, part: 0 }, { type: "finish", choice: 1, reason: "stop" }]),
    ...events.push([{ type: "end" }]),
  ];
  assertEquals(
    out.map((event) =>
      event.type === "text_delta" ? `${event.choice}:${event.part} ${event.text}` : event.type
    ),
    ["0:0 x ", "1:0 y ", "0:0 <EMAIL_1>", "part_end", "1:0 <EMAIL_2>", "finish", "0:1 z", "end"],
  );
});
