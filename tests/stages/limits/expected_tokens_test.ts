import { assert, assertEquals } from "@std/assert";
import { roughTokens } from "../../../lib/endpoints/token_count/estimate.ts";
import { JsonRequest } from "../../../lib/stages/json_request.ts";
import { expectedTokens } from "../../../lib/stages/limits/expected_tokens.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import type { ClientCodec } from "../../../lib/wire/codec.ts";
import { CODECS } from "../../../lib/wire/codecs.ts";
import { openaiCompletions } from "../../../lib/wire/openai_completions.ts";

const OPTIONS = { expectedOutput: 1000, roughTokens };

const bytes = (body: unknown) => new TextEncoder().encode(JSON.stringify(body));

const FIELDS: readonly (readonly [ClientCodec, Record<string, unknown>, number])[] = [
  [CODECS.openai_chat as ClientCodec, { max_tokens: 5 }, 5],
  [CODECS.openai_chat as ClientCodec, { max_completion_tokens: 6, n: 3 }, 18],
  [CODECS.openai_chat as ClientCodec, {}, 1000],
  [CODECS.openai_chat as ClientCodec, { max_tokens: "many" }, 1000],
  [CODECS.openai_responses as ClientCodec, { max_output_tokens: 7 }, 7],
  [CODECS.anthropic_messages as ClientCodec, { max_tokens: 8 }, 8],
  [CODECS.google_generate_content as ClientCodec, {
    generationConfig: { maxOutputTokens: 9, candidateCount: 2 },
  }, 18],
  [CODECS.google_interactions as ClientCodec, { generation_config: { max_output_tokens: 10 } }, 10],
  [CODECS.ollama_chat as ClientCodec, { options: { num_predict: 11 } }, 11],
  [CODECS.ollama_chat as ClientCodec, { options: { num_predict: -1 } }, 1000],
  [CODECS.cohere_chat as ClientCodec, { max_tokens: 12 }, 12],
  [openaiCompletions, { max_tokens: 13, n: 2 }, 26],
];

for (const [codec, fields, output] of FIELDS) {
  Deno.test(`expectedTokens() of ${codec.format}: ${JSON.stringify(fields)} are ${output} of output`, () => {
    const request = new ModelRequest(codec, bytes({ model: "m", ...fields }), { model: "m" });
    assertEquals(expectedTokens(request, OPTIONS).output, output);
  });
}

Deno.test("expectedTokens() judges a small body by its size", () => {
  const body = bytes({ model: "m", input: "x".repeat(4000) });
  assertEquals(expectedTokens(new JsonRequest(body), OPTIONS), {
    input: Math.ceil(body.length / 4),
    output: 0,
  });
});

Deno.test("expectedTokens() does not take an image for text", () => {
  const content = [
    { type: "text", text: "What is it?" },
    { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(1_000_000)}` } },
  ];
  const body = bytes({ model: "gpt-4o", messages: [{ role: "user", content }] });
  const { input } = expectedTokens(new ModelRequest(CODECS.openai_chat as ClientCodec, body), OPTIONS);
  assert(input > 700 && input < 900, `${input}`);
});

Deno.test("expectedTokens() of a large body that means nothing is its size's", () => {
  const body = bytes({ model: "m", messages: "x".repeat(100_000) });
  const { input } = expectedTokens(new ModelRequest(CODECS.openai_chat as ClientCodec, body), OPTIONS);
  assertEquals(input, Math.ceil(body.length / 4));
});

Deno.test("expectedTokens() of what has no body are none", () => {
  const request = { model: "m", targets: [], rescue: null, hedge: null, continues: "never" } as const;
  assertEquals(expectedTokens(request, OPTIONS), { input: 0, output: 0 });
});
