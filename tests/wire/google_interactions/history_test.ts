import { assertEquals } from "@std/assert";
import {
  expandInput,
  inputSteps,
  withoutForeignThoughts,
} from "../../../lib/wire/google_interactions/history.ts";
import { sealForeign } from "../../../lib/wire/google_signature.ts";

const TEXT = { type: "text", text: "Hi" };
const SAID = { type: "user_input", content: [TEXT] };
const OUTPUT = { type: "model_output", content: [{ type: "text", text: "Hello" }] };

Deno.test("an input as steps: contents that stand together are one", () => {
  assertEquals(inputSteps("Hi"), [SAID]);
  assertEquals(inputSteps(TEXT), [SAID]);
  assertEquals(inputSteps([TEXT, TEXT, OUTPUT, TEXT]), [
    { type: "user_input", content: [TEXT, TEXT] },
    OUTPUT,
    SAID,
  ]);
  const turn = { role: "user", content: "Hi" };
  assertEquals(inputSteps([turn]), [turn]);
  assertEquals(inputSteps(undefined), []);
});

Deno.test("what was said before stands before what is said now", () => {
  const chain = [{ input: [SAID], response: { steps: [OUTPUT] } }, { input: [SAID], response: {} }];
  assertEquals(expandInput(chain, "Hi"), [SAID, OUTPUT, SAID, SAID]);
});

Deno.test("thoughts that Google cannot read do not go to it", () => {
  const own = { type: "thought", signature: "CqwBAQw51sfg" };
  const sealed = sealForeign(
    { signature: "x", signatureFormat: "anthropic_messages" },
    "google_interactions",
  ) ?? "";
  const foreign = { type: "thought", signature: sealed };
  const summary = { type: "thought", summary: [TEXT] };
  assertEquals(withoutForeignThoughts([own, foreign, summary, OUTPUT]), [own, summary, OUTPUT]);
  const all = [own, OUTPUT];
  assertEquals(withoutForeignThoughts(all) === all, true);
});
