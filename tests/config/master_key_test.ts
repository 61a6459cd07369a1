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
