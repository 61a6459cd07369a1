import { assertEquals } from "@std/assert";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import { EventKind } from "../../../lib/wire/codec.ts";
import { assemble } from "../assemble.ts";
import { messageRecordings, recordings, SPLICED, sseEvent } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

const { Prelude, Content, Terminal, Error } = EventKind;

const begun = { type: "message_start", message: { id: "1", model: "m", usage: { input_tokens: 3 } } };
const block = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
const delta = { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "a" } };

const streams: Readonly<Record<string, readonly [event: JsonObject | string, kind: EventKind][]>> = {
  "an ordinary": [
    [begun, Prelude],
    [block, Prelude],
    [{ type: "ping" }, Prelude],
    [delta, Content],
    [{ type: "ping" }, Content],
    [{ type: "content_block_stop", index: 0 }, Content],
    [{ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } }, Content],
    [{ type: "message_stop" }, Terminal],
  ],
  "a refused": [
    [begun, Prelude],
    [{ type: "message_delta", delta: { stop_reason: "refusal" } }, Content],
    [{ type: "message_stop" }, Terminal],
  ],
  "a spliced": [[begun, Prelude], [delta, Content], [
    { type: "message_start", message: { id: "2", model: "m" } },
    Error,
  ]],
  "a repeating": [[begun, Prelude], [begun, Prelude]],
  "a failing": [[begun, Prelude], [{ type: "error", error: { type: "api_error", message: "No." } }, Error]],
  "an HTML": [["<html>", Error]],
};

for (const [name, events] of Object.entries(streams)) {
  Deno.test(`anthropicMessages observes ${name} stream`, () => {
    const observer = anthropicMessages.streamObserver();
    const kinds = events.map(([event]) => EventKind[observer.push(sseEvent(event))]);
    assertEquals(kinds, events.map(([, kind]) => EventKind[kind]));
  });
}

Deno.test("anthropicMessages' observer has usage from the start, and the end's on top of it", () => {
  const observer = anthropicMessages.streamObserver();
  observer.push(sseEvent(begun));
  assertEquals(observer.observed.usage?.input, 3);
  observer.push(
    sseEvent({ type: "message_delta", delta: {}, usage: { input_tokens: null, output_tokens: 2 } }),
  );
  assertEquals([observer.observed.usage?.input, observer.observed.usage?.output], [3, 2]);
});

Deno.test({
  name: "anthropicMessages observes of every recorded stream what it decodes",
  ...needsRecordings,
  fn() {
    for (const { name, events } of messageRecordings()) {
      if (events === null) continue;
      const observer = anthropicMessages.streamObserver();
      const decoder = anthropicMessages.eventDecoder();
      const kinds = events.map((event) => observer.push(event));
      const answer = assemble(events.flatMap((event) => decoder.push(event)));
      const { observed } = observer;
      assertEquals([kinds.at(-1), kinds.includes(Error)], [Terminal, false], name);
      assertEquals([observed.responseId, observed.model], [answer.id, answer.model], name);
      assertEquals<string | undefined>(observed.finishReason, answer.choices[0]?.finishReason, name);
      assertEquals(observed.usage ?? undefined, answer.usage, name);
    }
  },
});

Deno.test({
  name: "anthropicMessages observes two spliced answers as an error",
  ...needsRecordings,
  fn() {
    const observer = anthropicMessages.streamObserver();
    const spliced = recordings("anthropic").find(({ name }) => name === SPLICED)?.events ?? [];
    assertEquals(spliced.map((event) => observer.push(event)).includes(Error), true);
    assertEquals(observer.observed.responseId, "msg_first");
  },
});
