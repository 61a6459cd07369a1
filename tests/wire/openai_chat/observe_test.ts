import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import { EventKind } from "../../../lib/wire/codec.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { assemble } from "../assemble.ts";
import { chatRecordings, sseEvent } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

const { Prelude, Content, Usage, Terminal, Error } = EventKind;

function chunk(delta: JsonObject, more: JsonObject = {}): JsonObject {
  return { id: "1", model: "m", choices: [{ index: 0, delta, finish_reason: null }], ...more };
}

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

const streams: Readonly<Record<string, readonly [event: JsonObject | string, kind: EventKind][]>> = {
  "OpenAI's": [
    [chunk({ role: "assistant", content: "", refusal: null }), Prelude],
    [chunk({ content: "a" }), Content],
    [chunk({}), Content],
    [{ ...chunk({}), choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }, Content],
    [{ id: "1", choices: [], usage }, Usage],
    ["[DONE]", Terminal],
  ],
  "Azure's, with filter results first": [
    [{ id: "", model: "", choices: [], prompt_filter_results: [{}] }, Prelude],
    [chunk({ role: "assistant", content: "" }), Prelude],
    [chunk({ content: "a" }), Content],
  ],
  "one that begins with reasoning": [
    [chunk({ role: "assistant", content: null, reasoning_content: "" }), Prelude],
    [chunk({ reasoning_content: "a" }), Content],
  ],
  "one that begins with a call": [[chunk({ tool_calls: [{ index: 0 }] }), Content]],
  "one that begins with a refusal": [[chunk({ refusal: "No" }), Content]],
  "one that ends at once": [
    [{ ...chunk({}), choices: [{ index: 0, delta: {}, finish_reason: "length" }] }, Content],
  ],
  "one whose second choice speaks first": [
    [{ id: "1", choices: [{ index: 1, delta: { content: "a" } }] }, Content],
  ],
  "one with an error": [[chunk({ role: "assistant" }), Prelude], [{ error: { message: "No." } }, Error]],
  "one that is a page": [["<html>", Error]],
  "one that is a number": [["7", Error]],
};

for (const [name, events] of Object.entries(streams)) {
  Deno.test(`openaiChat observes ${name} stream`, () => {
    const observer = openaiChat.streamObserver();
    const kinds = events.map(([event]) => EventKind[observer.push(sseEvent(event))]);
    assertEquals(kinds, events.map(([, kind]) => EventKind[kind]));
  });
}

Deno.test("openaiChat's observer keeps usage of any chunk until other usage comes", () => {
  const observer = openaiChat.streamObserver();
  observer.push(sseEvent(chunk({ content: "a" }, { usage })));
  observer.push(sseEvent(chunk({ content: "b" }, { usage: null })));
  assertEquals(observer.observed.usage?.output, 2);
});

const elsewhere: readonly [what: string, last: JsonObject][] = [
  ["Groq's own field", { ...chunk({}), x_groq: { id: "req_1", usage } }],
  ["the choice, as Moonshot has it", {
    id: "1",
    model: "m",
    choices: [{ index: 0, delta: {}, finish_reason: "stop", usage }],
  }],
];

for (const [what, last] of elsewhere) {
  Deno.test(`openaiChat finds usage in ${what}, observed and decoded alike`, () => {
    const observer = openaiChat.streamObserver();
    const decoder = openaiChat.eventDecoder();
    const events = [chunk({ content: "a" }), last].map((event) => sseEvent(event));
    assertEquals(events.map((event) => observer.push(event)), [Content, Content]);
    const found = events.flatMap((event) => decoder.push(event)).filter((event) => event.type === "usage");
    assertEquals(found.map((event) => [event.usage.input, event.usage.output]), [[3, 2]]);
    assertEquals([observer.observed.usage?.input, observer.observed.usage?.output], [3, 2]);
  });
}

Deno.test("openaiChat's observer names a malformed event", () => {
  const observer = openaiChat.streamObserver();
  observer.push(sseEvent("{"));
  assertEquals(observer.observed.error?.code, "upstream_invalid_response");
});

Deno.test({
  name: "openaiChat observes of every recorded stream what it decodes",
  ...needsRecordings,
  fn() {
    for (const { name, events } of chatRecordings()) {
      if (events === null) continue;
      const observer = openaiChat.streamObserver();
      const decoder = openaiChat.eventDecoder();
      const kinds = events.map((event) => observer.push(event));
      const answer = assemble(events.flatMap((event) => decoder.push(event)));
      const { observed } = observer;
      assertEquals(kinds.at(-1), Terminal, name);
      assertEquals(kinds.includes(Error), false, name);
      assertEquals([observed.responseId, observed.model], [answer.id, answer.model], name);
      assertEquals<string | undefined>(observed.finishReason, answer.choices[0]?.finishReason, name);
      assertEquals(observed.usage ?? undefined, answer.usage, name);
    }
  },
});
