import { assertEquals } from "@std/assert";
import type { JsonObject, StreamEvent } from "../../../lib/wire/canonical.ts";
import { EventKind } from "../../../lib/wire/codec.ts";
import { googleInteractions as codec } from "../../../lib/wire/google_interactions.ts";
import { assemble, gist } from "../assemble.ts";
import { interactionRecordings } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

Deno.test({
  name: "every recorded stream of interactions ends whole, with usage and the same to the observer",
  ...needsRecordings,
  fn() {
    let streams = 0;
    for (const { name, events } of interactionRecordings()) {
      if (events === null) continue;
      streams++;
      const decoder = codec.eventDecoder();
      const observer = codec.streamObserver();
      const decoded: StreamEvent[] = [];
      const kinds: EventKind[] = [];
      for (const event of events) {
        decoded.push(...decoder.push(event));
        kinds.push(observer.push(event));
      }
      assertEquals([kinds[0], kinds.at(-1)], [EventKind.Prelude, EventKind.Terminal], name);
      assertEquals(decoded.at(-1), { type: "end" }, name);
      const answer = assemble(decoded);
      const { observed } = observer;
      assertEquals(observed.usage, answer.usage, name);
      assertEquals([observed.responseId, observed.model], [answer.id, answer.model], name);
      assertEquals([observed.finishReason, answer.choices[0]?.finishReason], ["stop", "stop"], name);
      const { usage } = JSON.parse(events.at(-1)?.data ?? "").interaction;
      assertEquals([answer.usage?.input, (answer.usage?.input ?? 0) + (answer.usage?.output ?? 0)], [
        usage.total_input_tokens,
        usage.total_tokens,
      ], name);
      // What is kept of a stream is an interaction as a whole answer is one.
      const kept = codec.decodeResponse(observed.final ?? {});
      assertEquals(gist(kept), gist(answer), name);
      assertEquals(kept.choices, answer.choices, name);
    }
    assertEquals(streams, 5);
  },
});

Deno.test({
  name: "nothing of a recorded interaction is lost through the model and back",
  ...needsRecordings,
  fn() {
    let answers = 0;
    for (const { name, body } of interactionRecordings()) {
      if (body === null) continue;
      answers++;
      const answer = codec.decodeResponse(body);
      const context = {
        id: answer.id,
        model: answer.model,
        created: answer.created ?? 0,
        request: {},
        includeUsage: false,
      };
      const back = codec.encodeResponse(answer, context);
      // One that was not to be stored has no id at its provider.
      if (body["id"] === undefined) delete back["id"];
      assertEquals<JsonObject>(back, body, name);
      assertEquals(codec.observeResponse(body).usage, answer.usage, name);
      assertEquals(codec.observeResponse(body).finishReason, "stop", name);
    }
    assertEquals(answers, 6);
  },
});

Deno.test({
  name: "a whole interaction and its stream have the same parts",
  ...needsRecordings,
  fn() {
    const all = interactionRecordings();
    let pairs = 0;
    for (const { name, body } of all) {
      const stream = all.find((each) => each.name === name.replace(".json", ".chunks.txt"))?.events;
      if (body === null || stream === null || stream === undefined) continue;
      pairs++;
      const decoder = codec.eventDecoder();
      const streamed = assemble(stream.flatMap((event) => decoder.push(event)));
      const whole = codec.decodeResponse(body);
      const kinds = ({ choices }: typeof whole) =>
        choices[0]?.parts.map((part) => [part.type, "signature" in part && part.signatureFormat]);
      assertEquals(kinds(streamed), kinds(whole), name);
      assertEquals(streamed.model, whole.model, name);
      assertEquals(Object.keys(streamed.usage ?? {}), Object.keys(whole.usage ?? {}), name);
    }
    assertEquals(pairs, 5);
  },
});
