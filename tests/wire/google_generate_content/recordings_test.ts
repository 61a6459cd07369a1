import { assert, assertEquals } from "@std/assert";
import type { JsonObject, StreamEvent } from "../../../lib/wire/canonical.ts";
import { EventKind } from "../../../lib/wire/codec.ts";
import { googleGenerateContent as codec } from "../../../lib/wire/google_generate_content.ts";
import { assemble } from "../assemble.ts";
import { contentRecordings, sseEvent } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

function decode(name: string): StreamEvent[] {
  const recording = contentRecordings().find((each) => each.name === `google/${name}.chunks.txt`);
  const decoder = codec.eventDecoder();
  const events = (recording?.events ?? []).flatMap((event) => decoder.push(event));
  return [...events, ...(decoder.bodyEnded?.() ?? [])];
}

function calls(name: string): unknown[] {
  const [choice] = assemble(decode(name)).choices;
  return (choice?.parts ?? []).filter((part) => part.type === "tool_call")
    .map((call) => [call.name, JSON.parse(call.arguments)]);
}

Deno.test({
  name: "every recorded stream of Google's ends whole, with usage and the same to the observer",
  ...needsRecordings,
  fn() {
    let streams = 0;
    for (const { name, events } of contentRecordings()) {
      if (events === null) continue;
      streams++;
      const decoder = codec.eventDecoder();
      const observer = codec.streamObserver();
      const decoded: StreamEvent[] = [];
      for (const event of events) {
        decoded.push(...decoder.push(event));
        assertEquals(observer.push(event), EventKind.Content, name);
      }
      decoded.push(...(decoder.bodyEnded?.() ?? []));
      assertEquals(observer.bodyEnded?.(), EventKind.Terminal, name);
      assertEquals(decoded.at(-1), { type: "end" }, name);
      const answer = assemble(decoded);
      const { observed } = observer;
      assertEquals(observed.usage, answer.usage, name);
      assertEquals([observed.responseId, observed.model], [answer.id, answer.model], name);
      assertEquals(observed.finishReason, answer.choices[0]?.finishReason, name);
      const raw = JSON.parse(events.at(-1)?.data ?? "").usageMetadata as Record<string, number>;
      assertEquals([answer.usage?.input, (answer.usage?.input ?? 0) + (answer.usage?.output ?? 0)], [
        raw.promptTokenCount,
        raw.totalTokenCount,
      ], name);
    }
    assertEquals(streams, 6);
  },
});

Deno.test({
  name: "arguments that come in pieces are put together",
  ...needsRecordings,
  fn() {
    assertEquals(calls("google-stream-tool-call-arguments"), [
      ["getWeather", { location: "Boston" }],
      ["getWeather", { location: "San Francisco" }],
    ]);
    assertEquals(calls("google-stream-no-args-tool-call"), [
      ["read_theme", {}],
      ["read_screen", { id: "A" }],
      ["read_screen", { id: "B" }],
      ["read_screen", { id: "C" }],
    ]);
    assertEquals(calls("google-stream-tool-call-array-arguments-missing-terminal-function-call"), [
      ["writeItems", {
        operations: [
          { action: "add", description: "Fresh red apple", itemid: "apple_001", price: 0.5 },
          { action: "add", description: "Ripe yellow banana", itemid: "banana_001", price: 0.3 },
        ],
      }],
    ]);
    const [[name, recipe] = []] = calls("google-vertex-stream-tool-call-arguments-nested.1") as [
      string,
      { recipe: { ingredients: unknown[]; name: string; steps: string[] } },
    ][];
    assertEquals([name, recipe?.recipe.name, recipe?.recipe.ingredients[0]], [
      "cookRecipe",
      "Lasagna",
      { amount: "16 oz", name: "Lasagna noodles" },
    ]);
    assertEquals(
      recipe?.recipe.steps[1],
      "Cook lasagna noodles according to package directions, drain and set aside.",
    );
  },
});

Deno.test({
  name: "a whole answer of Google's and its stream say the same",
  ...needsRecordings,
  fn() {
    for (const { name, body } of contentRecordings()) {
      if (body === null) continue;
      const whole = codec.decodeResponse(body);
      const decoder = codec.eventDecoder();
      const streamed = assemble([...decoder.push(sseEvent(body)), ...(decoder.bodyEnded?.() ?? [])]);
      assertEquals(streamed.choices.map(({ parts }) => parts), whole.choices.map(({ parts }) => parts), name);
      assertEquals(streamed.usage, whole.usage, name);
      const { observed } = { observed: codec.observeResponse(body) };
      assertEquals(
        [observed.usage, observed.finishReason],
        [whole.usage, whole.choices[0]?.finishReason],
        name,
      );
    }
  },
});

Deno.test({
  name: "nothing of a recorded answer is lost through the model and back",
  ...needsRecordings,
  fn() {
    for (const { name, body } of contentRecordings()) {
      if (body === null) continue;
      const context = {
        id: String(body.responseId),
        model: String(body.modelVersion),
        created: 1,
        request: {},
        includeUsage: false,
      };
      assertEquals<JsonObject>(codec.encodeResponse(codec.decodeResponse(body), context), body, name);
    }
    assert(true);
  },
});
