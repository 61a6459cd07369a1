import { assert, assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { CATALOG_ROWS, isVerified } from "../../lib/providers/catalog.ts";
import { fakeSystem } from "./fake_system.ts";

const NAMES = CATALOG_ROWS.map(([name]) => name);

Deno.test("gateway providers prints an aligned line for each type", async () => {
  const system = fakeSystem();
  assertEquals(await run(["providers"], system), 0);
  const [head = "", ...lines] = system.output;
  assertEquals<string[]>(lines.map((line) => line.split(" ")[0] ?? ""), NAMES);
  for (const heading of ["SPEAKS", "AUTH", "VERIFIED", "CAN", "BASE URL"]) {
    const column = head.indexOf(heading);
    assert(column > 0, heading);
    for (const line of lines) assert(line[column - 1] === " " && line[column] !== " ", `${heading}: ${line}`);
  }
  const row = (name: string) => lines.find((line) => line.startsWith(`${name} `)) ?? "";
  assertEquals(
    row("groq").replaceAll(/ +/g, " "),
    "groq chat responses bearer GROQ_API_KEY yes tools vision schema reasoning https://api.groq.com/openai/v1",
  );
  assert(row("anthropic").includes("x-api-key ANTHROPIC_API_KEY"));
  assert(row("together").includes(" no "));
  assert(row("ollama").includes("bearer (optional)"));
});

Deno.test("gateway providers --json has all that is known of each type", async () => {
  const system = fakeSystem();
  assertEquals(await run(["providers", "--json"], system), 0);
  const all = JSON.parse(system.output.join("\n"));
  assertEquals(all.map(({ name }: { name: string }) => name), NAMES);
  const expected = Object.fromEntries(CATALOG_ROWS.map(([name, row]) => [name, isVerified(row)]));
  assertEquals(
    Object.fromEntries(all.map((each: { name: string; verified: boolean }) => [each.name, each.verified])),
    expected,
  );
  const bedrock = all.find(({ name }: { name: string }) => name === "bedrock_openai");
  assertEquals([bedrock.base_url, bedrock.key_variable, bedrock.auth], [
    null,
    "AWS_BEARER_TOKEN_BEDROCK",
    "bearer",
  ]);
  assert(bedrock.base_url_example.startsWith("https://bedrock-runtime."));
});

Deno.test("gateway check-config says of which providers no traffic is among the tests", async () => {
  const file =
    "providers: { a: { type: groq, api_key: k }, b: { type: together, api_key: k } }\nmodels: { m: a/x }\n";
  const system = fakeSystem({ "config.yaml": file });
  assertEquals(await run(["check-config"], system), 0);
  assert(
    system.output.some((line) => /providers +a, b \(unverified\)$/.test(line)),
    system.output.join("\n"),
  );
});
