import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Access, Patterns } from "../../lib/stores/key_access.ts";
import { NO_GRANTS } from "./key_records.ts";

Deno.test("Patterns match names in which a * stands for any text", () => {
  const table: [pattern: string, yes: string[], no: string[]][] = [
    ["gpt-4o", ["gpt-4o"], ["gpt-4o-mini", "GPT-4o", "gpt-4", ""]],
    ["gpt-*", ["gpt-", "gpt-4o", "gpt-*"], ["xgpt-4", "gpt"]],
    ["*-mini", ["-mini", "gpt-4o-mini"], ["mini", "-mini2"]],
    ["a*b*c", ["abc", "axbxc", "abcabc"], ["ab", "acb", "ac"]],
    ["*", ["", "anything"], []],
    ["openai/**", ["openai/", "openai/x/y"], ["openai"]],
    ["ab*ba", ["abba"], ["aba"]],
    ["a.c", ["a.c"], ["abc"]],
  ];
  for (const [pattern, yes, no] of table) {
    const patterns = new Patterns([pattern]);
    assertEquals(yes.filter((it) => !patterns.matches(it)), [], `${pattern} matches`);
    assertEquals(no.filter((it) => patterns.matches(it)), [], `${pattern} does not match`);
  }
});

Deno.test("a pattern that Patterns match matches nothing that they do not", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 6 });
  const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
  fc.assert(
    fc.property(text, text, name, (outer, inner, sample) => {
      const within = new Patterns([outer]).matches(inner);
      return !within || !new Patterns([inner]).matches(sample) || new Patterns([outer]).matches(sample);
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("Access is what all of some grants allow", () => {
  const access = new Access([
    { ...NO_GRANTS, models: ["gpt-*", "claude"], addresses: ["10.0.0.0/8", "fd00::/8"] },
    { ...NO_GRANTS, models: ["gpt-4*", "*-mini"] },
    { ...NO_GRANTS, routes: ["/v1/chat/*"], addresses: ["10.1.0.0/16", "::/0"] },
  ]);
  const models = ["gpt-4o", "gpt-3-mini", "gpt-3", "claude", "claude-mini"];
  assertEquals(models.filter((it) => access.models.has(it)), ["gpt-4o", "gpt-3-mini"]);
  assertEquals([access.routes.has("/v1/chat/completions"), access.routes.has("/v1/embeddings")], [
    true,
    false,
  ]);
  const addresses = ["10.1.2.3", "::ffff:10.1.2.3", "10.2.0.1", "fd00::1", "fe80::1", "", "x"];
  assertEquals(addresses.filter((it) => access.hasAddress(it)), ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"]);
});

Deno.test("Access.of() is null where nothing is restricted, and an empty list allows nothing", () => {
  assertEquals(Access.of([NO_GRANTS, NO_GRANTS]), null);
  const nothing = Access.of([{ ...NO_GRANTS, models: [], addresses: [] }]);
  assertEquals([nothing?.models.has("a"), nothing?.hasAddress("10.0.0.1")], [false, false]);
  assertEquals(nothing?.routes.has("/v1/models"), true);
});
