/** Tokens in answers of whatever API. */
import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import { observeAnswer, usageIn } from "../../lib/wire/answer_usage.ts";
import { recordings } from "./recordings.ts";
import { needsRecordings } from "./shared.ts";

const TOLD: readonly [answer: JsonObject, input: number, output: number][] = [
  [{ usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 } }, 5, 2],
  [{ usage: { type: "tokens", input_tokens: 5, output_tokens: 0 } }, 5, 0],
  [{ usage: { prompt_tokens: 5, completion_tokens: 2 } }, 5, 2],
  [{ usage: { prompt_tokens: 5, total_tokens: 5 } }, 5, NaN],
  [{ usage: { output_tokens: 2 } }, NaN, 2],
  [{ usage: { total_tokens: 9 } }, 9, NaN],
  [{ meta: { tokens: { input_tokens: 5, output_tokens: 0 } } }, 5, 0],
];

for (const [answer, input, output] of TOLD) {
  Deno.test(`usageIn() reads ${JSON.stringify(answer)}`, () => {
    assertEquals(usageIn(answer), { input, output });
  });
}

const SILENT: readonly JsonObject[] = [
  {},
  { usage: null },
  { usage: { type: "duration", seconds: 3 } },
  { usage: { input_tokens: "5" } },
  { usage: { total_tokens: -1 } },
  { meta: { billed_units: { search_units: 1 } } },
];

for (const answer of SILENT) {
  Deno.test(`usageIn() finds no tokens in ${JSON.stringify(answer)}`, () => {
    assertEquals(usageIn(answer), null);
  });
}

Deno.test("observeAnswer() reads id, model and an error under a status of success", () => {
  const observed = observeAnswer({ id: "x", model: "m", usage: { total_tokens: 1 } });
  assertEquals([observed.responseId, observed.model, observed.error], ["x", "m", null]);
  assertEquals(observeAnswer({ error: { message: "no", code: "bad" } }).error, {
    code: "bad",
    message: "no",
  });
  // A batch has a field for what became of it.
  assertEquals(observeAnswer({ id: "batch_1", error: null, errors: null }).error, null);
});

Deno.test({
  name: "observeAnswer() takes no recorded rerank for an error",
  ...needsRecordings,
  fn() {
    for (const { name, body } of recordings("cohere/reranking")) {
      const observed = observeAnswer(body ?? {});
      assertEquals([observed.error, observed.responseId !== ""], [null, true], name);
    }
  },
});
