import { assertEquals } from "@std/assert";
import { loadText, problemsOf } from "./load_text.ts";

Deno.test("GATEWAY_MASTER_KEY beats the file's master key", () => {
  const env = { GATEWAY_MASTER_KEY: "theirs" };
  const { config } = loadText("auth: { master_key: mine }", { env });
  assertEquals(config.auth.master_key?.reveal(), "theirs");
});

for (const value of ["", "  "]) {
  Deno.test(`GATEWAY_MASTER_KEY="${value}" refuses to start`, () => {
    assertEquals(problemsOf("", { env: { GATEWAY_MASTER_KEY: value } }), [
      "environment variable GATEWAY_MASTER_KEY: is empty; unset it, or give it a key",
    ]);
  });
}

Deno.test("the master key is a client's key where that is wanted", () => {
  const { config } = loadText(
    "auth: { master_key: m, master_key_for_clients: true, keys: [{ name: a, key: k }] }",
  );
  assertEquals(config.auth.keys.map(({ name, key }) => [name, key?.reveal()]), [["a", "k"], [
    "master_key",
    "m",
  ]]);
});

Deno.test("a master key for clients has to be there, and nobody else may have its name", () => {
  assertEquals(problemsOf("auth: { master_key_for_clients: true }"), [
    "config.yaml:1: auth.master_key: is missing; auth.master_key_for_clients needs it",
  ]);
  assertEquals(
    problemsOf("auth: { master_key: m, master_key_for_clients: true, keys: [{ name: master_key, key: k }] }"),
    ['config.yaml:1: auth.keys[0].name: "master_key" is already the name of auth.master_key'],
  );
});
