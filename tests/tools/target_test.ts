import { assertEquals, assertRejects } from "@std/assert";
import { findTarget } from "../../lib/tools/target.ts";
import { ToolError } from "../../lib/tools/tool_error.ts";

function find(url: string | null, variables: Record<string, string> = {}, key: string | null = null) {
  return findTarget({ url, key, env: (name) => variables[name], readFile: () => "" });
}

const URLS: readonly (readonly [given: string, meant: string])[] = [
  ["http://a.example", "http://a.example/"],
  ["http://a.example/", "http://a.example/"],
  ["http://a.example/v1", "http://a.example/"],
  ["https://a.example/proxy/v1/?x=1#y", "https://a.example/proxy"],
  ["localhost:4000", "http://localhost:4000/"],
];

for (const [given, meant] of URLS) {
  Deno.test(`findTarget() takes ${given} for ${meant}`, async () => {
    assertEquals((await find(given)).url.href, meant);
    assertEquals((await find(null, { GATEWAY_URL: given })).url.href, meant);
  });
}

Deno.test("findTarget() prefers the flags to the environment, and the gateway's key to others'", async () => {
  const variables = { GATEWAY_URL: "http://b", OPENAI_API_KEY: "o", LITELLM_MASTER_KEY: "l" };
  const byFlags = await find("http://a", variables, "k");
  assertEquals([byFlags.url.host, byFlags.key], ["a", "k"]);
  assertEquals((await find(null, variables)).key, "o");
  assertEquals((await find(null, { ...variables, GATEWAY_API_KEY: "g" })).key, "g");
  assertEquals((await find("http://a")).key, null);
});

for (const url of ["ftp://a", "http://", ""]) {
  Deno.test(`findTarget() refuses "${url}" as a URL`, async () => {
    const error = await assertRejects(() => find(url), ToolError, "--url");
    assertEquals(error.code, 2);
  });
}
