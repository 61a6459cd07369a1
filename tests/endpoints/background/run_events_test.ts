import { assertEquals, assertThrows } from "@std/assert";
import { RunEvents, terminalEvent } from "../../../lib/endpoints/background/run_events.ts";
import {
  cancelledResponse,
  failedResponse,
  inProgress,
  queuedResponse,
} from "../../../lib/endpoints/background/run_response.ts";
import { SseParser } from "../../../lib/wire/sse.ts";
import { responseObject, streamText } from "../../stages/scripts.ts";

const QUEUED = queuedResponse({
  id: "resp_mine",
  model: "m",
  created: 1,
  request: { input: "x", background: true, metadata: { a: "b" } },
});

/** What becomes of a stream. */
function read(text: string) {
  const events = new RunEvents(QUEUED);
  const kept = events.begin();
  new SseParser((event) => {
    const each = events.push(event);
    if (each !== null) kept.push(each);
  }).push(new TextEncoder().encode(text));
  if (events.ending !== null) kept.push(events.end(events.ending));
  return {
    ending: events.ending,
    types: kept.map(({ text }) => /^event: (.*)$/m.exec(text)?.[1]),
    sequences: kept.map(({ sequence }) => sequence),
    data: kept.map(({ text }) => JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "null")),
  };
}

Deno.test("RunEvents numbers a provider's events anew behind its own, and shows its own id", () => {
  const { types, sequences, data, ending } = read(streamText("openai_responses"));
  assertEquals(types.slice(0, 2), ["response.created", "response.queued"]);
  assertEquals(types.filter((type) => type === "response.created").length, 1);
  assertEquals(types.at(-1), "response.completed");
  assertEquals(sequences, sequences.map((_, index) => index));
  assertEquals(data.map((each) => each.sequence_number), sequences);
  assertEquals([ending?.id, ending?.status], ["resp_mine", "completed"]);
  assertEquals(data.at(-1).response.id, "resp_mine");
});

Deno.test("RunEvents leaves an event as it came but for its number", () => {
  const given = `{"type":"response.new","sequence_number":7, "n": 1.0e5,"s":"\\u0061"}`;
  const events = new RunEvents(QUEUED);
  let text = "";
  new SseParser((event) => text = events.push(event)?.text ?? "").push(
    new TextEncoder().encode(`event: response.new\ndata: ${given}\n\n`),
  );
  assertEquals(text, `event: response.new\ndata: ${given.replace("7", "0")}\n\n`);
});

Deno.test("RunEvents lets an event pass that it cannot number", () => {
  const broken = 'event: response.output_text.delta\ndata: {"a":1,"a":2}\n\n';
  const events = new RunEvents(QUEUED);
  let text = "";
  new SseParser((event) => text = events.push(event)?.text ?? "").push(new TextEncoder().encode(broken));
  assertEquals(text, broken);
});

Deno.test("RunEvents makes of an error event a response that failed", () => {
  const event = JSON.stringify({
    type: "error",
    code: "rate_limit_exceeded",
    message: "Slowly.",
    param: null,
  });
  const { types, ending } = read(`event: error\ndata: ${event}\n\n`);
  assertEquals(types, ["response.created", "response.queued", "response.failed"]);
  assertEquals(ending, {
    ...QUEUED,
    status: "failed",
    error: { code: "rate_limit_exceeded", message: "Slowly." },
  });
});

Deno.test("RunEvents shows nothing after the end", () => {
  const late = 'event: response.new\ndata: {"type":"response.new"}\n\n';
  assertEquals(read(streamText("openai_responses") + late).types.at(-1), "response.completed");
});

Deno.test("terminalEvent() is named for how the response ended", () => {
  const type = (response: Parameters<typeof terminalEvent>[1]) =>
    /^event: (.*)$/m.exec(terminalEvent(3, response).text)?.[1];
  assertEquals(type({ ...responseObject("completed", "x"), id: "r" }), "response.completed");
  assertEquals(type({ ...responseObject("incomplete", "x"), id: "r" }), "response.incomplete");
  assertEquals(type(failedResponse(QUEUED, "unknown_code", "No.")), "response.failed");
  assertEquals(type(cancelledResponse(QUEUED)), "response.incomplete");
  assertThrows(() => terminalEvent(3, inProgress(QUEUED)), Error, "in_progress");
});
