import { assertEquals } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { classification, type ClassificationOptions } from "../../lib/stages/classification.ts";
import type { Classifier } from "../../lib/stages/classification/category.ts";
import { classifiedText } from "../../lib/stages/classification/classified_text.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import { Exchange } from "../../lib/telemetry/exchange.ts";
import type { JsonObject, WireFormat } from "../../lib/wire/canonical.ts";
import { ManualClock } from "../manual_clock.ts";
import { CODECS } from "../wire/codecs.ts";
import { turn } from "./stage_bench.ts";

function requestOf(format: WireFormat, body: JsonObject): ModelRequest {
  const codec = CODECS[format];
  const named = codec.modelInPath === true ? { model: "m" } : null;
  const full = named === null ? { model: "m", ...body } : body;
  return new ModelRequest(codec, new TextEncoder().encode(JSON.stringify(full)), named);
}

const CHAT = (content: unknown) => ({ messages: [{ role: "user", content }] }) as JsonObject;

const FORMATS: readonly (readonly [WireFormat, JsonObject])[] = [
  ["openai_chat", CHAT("Hi")],
  ["openai_chat", CHAT([{ type: "text", text: "Hi" }])],
  ["openai_responses", { input: "Hi" }],
  ["anthropic_messages", { max_tokens: 5, ...CHAT([{ type: "text", text: "Hi" }]) }],
  ["google_generate_content", { contents: [{ role: "user", parts: [{ text: "Hi" }] }] }],
  ["google_interactions", { input: "Hi" }],
  ["cohere_chat", CHAT("Hi")],
  ["ollama_chat", CHAT("Hi")],
  ["ollama_generate", { prompt: "Hi" }],
  ["bedrock_converse", CHAT([{ text: "Hi" }])],
];

for (const [format, body] of FORMATS) {
  Deno.test(`classifiedText() of ${format}: ${JSON.stringify(body)}`, () => {
    assertEquals(classifiedText(requestOf(format, body).canonical, "last_user", 100), "Hi");
  });
}

Deno.test("classifiedText() takes the turns that are asked for, of a long text both ends", () => {
  const { canonical } = requestOf("openai_chat", {
    messages: [
      { role: "system", content: "S" },
      { role: "user", content: "first" },
      { role: "assistant", content: "answer" },
      { role: "user", content: "last" },
    ],
  });
  assertEquals(classifiedText(canonical, "last_user", 100), "last");
  assertEquals(classifiedText(canonical, "user", 100), "first\nlast");
  assertEquals(classifiedText(canonical, "all", 100), "S\nfirst\nanswer\nlast");
  const long = requestOf("openai_chat", CHAT("a".repeat(1000) + "b".repeat(1000))).canonical;
  assertEquals(classifiedText(long, "last_user", 10), "aaaaa\nbbbbb");
  assertEquals(classifiedText({ model: "m", messages: [] }, "last_user", 10), "");
});

function scene(classifier: Partial<Classifier>, options: Partial<ClassificationOptions> = {}) {
  const clock = new ManualClock();
  const exchange = new Exchange(clock.now(), 0, { finished() {} });
  const stage = classification({
    clock,
    deadlines: new Deadlines(clock, 1),
    deadline: 100,
    onFailure: "open",
    chain: [{
      classifier: { type: "fixed", model: null, classify: () => null, ...classifier },
      threshold: 0.5,
    }],
    text: "last_user",
    maxLength: 100,
    otherwise: "other",
    ...options,
  });
  return { clock, exchange, run: (body = CHAT("Hi")) => stage.run(exchange, requestOf("openai_chat", body)) };
}

Deno.test("classification() notes the category in the record, and in its span who found it", () => {
  const { exchange, run } = scene({ classify: () => ({ category: "math", score: 0.9 }) });
  assertEquals(run(), null);
  assertEquals(exchange.category, "math");
  assertEquals(exchange.stageRuns[0]?.facts, { category: "math", classifier: "fixed" });
});

Deno.test("classification() says so where nobody is sure, or there is nothing to look at", () => {
  for (const body of [CHAT("Hi"), { messages: [{ role: "system", content: "S" }] }]) {
    const { exchange, run } = scene({ classify: () => ({ category: "math", score: 0.2 }) });
    run(body);
    assertEquals(exchange.category, "other");
    assertEquals(exchange.stageRuns[0]?.facts, { category: "other", classifier: "none" });
  }
});

Deno.test("classification() changes nothing after its deadline", async () => {
  const late = Promise.withResolvers<{ category: string; score: number }>();
  const { clock, exchange, run } = scene({ classify: () => late.promise });
  const answer = run();
  clock.advance(101);
  assertEquals(await answer, null);
  late.resolve({ category: "math", score: 1 });
  await turn();
  assertEquals([exchange.category, exchange.stageRuns[0]?.errorType], ["", "stage_timeout"]);
});
