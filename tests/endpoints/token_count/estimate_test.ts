import { assert, assertEquals } from "@std/assert";
import { estimateTokens } from "../../../lib/endpoints/token_count/estimate.ts";
import { textTokens } from "../../../lib/endpoints/token_count/text_tokens.ts";
import { FAMILY_RULES, familyOfModel } from "../../../lib/endpoints/token_count/token_rules.ts";
import type { Part } from "../../../lib/wire/canonical.ts";

function estimate(model: string, parts: Part[]): Promise<number> {
  return estimateTokens({ model, messages: [{ role: "user", parts }] });
}

Deno.test("textTokens() counts as o200k_base does", async () => {
  // By tiktoken.
  for (
    const [text, tokens] of [
      ["", 0],
      ["Hello world, how are you?", 7],
      ["<|endoftext|>", 7],
      ["The quick brown fox jumps over the lazy dog. ".repeat(100), 1001],
    ] as const
  ) assertEquals(await textTokens(text), tokens, text.slice(0, 30));
});

Deno.test("textTokens() takes no longer for a hostile text than for another", async () => {
  await textTokens("loaded");
  const began = performance.now();
  const counts = [
    await textTokens("a".repeat(4_000_000)),
    await textTokens(" ".repeat(4_000_000)),
    await textTokens("é\u0301".repeat(1_000_000)),
  ];
  assert(counts.every((count) => count > 1000), counts.join());
  // Some 100 ms; by the whole word it would be hours.
  assert(performance.now() - began < 10_000);
});

Deno.test("textTokens() judges a long text by its beginning", async () => {
  const sentence = "The quick brown fox jumps over the lazy dog. ";
  const one = await textTokens(sentence.repeat(1000));
  const many = await textTokens(sentence.repeat(50_000));
  assert(Math.abs(many / one - 50) < 0.5, `${many / one}`);
});

Deno.test("estimateTokens() counts texts by the maker's measure, and all else by its rules", async () => {
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(20);
  const openai = await estimate("gpt-5", [{ type: "text", text }]);
  const claude = await estimate("claude-sonnet-4-5", [{ type: "text", text }]);
  assert(claude > openai * 1.15 && claude < openai * 1.4, `${claude} ${openai}`);
  const image: Part = { type: "image", url: "https://a.example/b.png" };
  const low: Part = { ...image, detail: "low" };
  const plain = await estimate("gpt-5", [{ type: "text", text: "Hi" }]);
  assertEquals(
    await estimate("gpt-5", [{ type: "text", text: "Hi" }, image, low]) - plain,
    FAMILY_RULES.openai.image + FAMILY_RULES.openai.smallImage,
  );
  const pages: Part = {
    type: "file",
    mediaType: "application/pdf",
    data: "A".repeat(200_000),
  };
  assertEquals(await estimate("gemini-2.5-pro", [pages]), 1 + 3 * FAMILY_RULES.google.page);
  assertEquals(
    await estimate("gemini-2.5-pro", [{ type: "file", fileId: "f" }]),
    1 + FAMILY_RULES.google.page,
  );
});

Deno.test("familyOfModel() knows a maker wherever its model is served", () => {
  const families = {
    openai: ["gpt-4o", "openai/gpt-oss-20b", "o3-mini", "openai.o1", "codex-mini"],
    anthropic: ["claude-sonnet-4-5", "anthropic.claude-3-haiku-20240307-v1:0"],
    google: ["gemini-2.5-flash", "google/gemma-3-27b"],
    other: ["llama-3.3-70b", "mistral-small", "command-a", "qwen3", "deepseek-chat", "solo1"],
  };
  for (const [family, models] of Object.entries(families)) {
    for (const model of models) assertEquals(familyOfModel(model), family, model);
  }
});
