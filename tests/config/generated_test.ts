import { assertEquals } from "@std/assert";
import Ajv from "ajv";
import { parse } from "@std/yaml";
import { jsonSchema } from "../../lib/config/json_schema.ts";
import { configurationReference } from "../../lib/config/reference.ts";
import { outdated } from "../../scripts/generate.ts";
import { loadText, problemsOf } from "./load_text.ts";

const shipped = await Deno.readTextFile(new URL("../../config.yaml", import.meta.url));

const validate = new Ajv.default({ strict: true, allErrors: true, allowUnionTypes: true }).compile(
  jsonSchema(),
);

Deno.test("config.schema.json and docs/configuration.md are what the schema makes of them", async () => {
  assertEquals(await outdated(), [], "run: deno run -A scripts/generate.ts");
});

Deno.test("docs/configuration.md has every key that the configuration shows", () => {
  const reference = configurationReference();
  const text = `providers: { NAME: { type: mock } }
models: { NAME: { targets: [{ provider: NAME }] } }
auth: { keys: [{ name: a, key: b, rate_limit: { requests: 1 } }] }
rate_limit: { per_address: { requests: 1 }, per_key: { requests: 1 } }
`;
  const paths = loadText(text).effective().map(({ path }) => path.replaceAll(/\[\d+\]/g, "[]"));
  assertEquals(paths.filter((path) => !reference.includes(`\`${path}\``)), []);
});

Deno.test("config.schema.json accepts the shipped configuration", () => {
  assertEquals(validate(parse(shipped)), true, JSON.stringify(validate.errors));
});

/** What the schema for editors and the gateway itself have to agree on. */
const AGREED: readonly (readonly [text: string, good: boolean])[] = [
  ["server: { port: 80, idle_timeout: 5s, max_body_size: 1MiB }", true],
  ["server: { port: '${PORT:-80}', idle_timeout: '${X:-5s}' }", true],
  ["server: { idle_timeout: off }", true],
  ["server: { idle_timeout: 0 }", true],
  ["server: { idle_timeout: 5 }", false],
  ["server: { prot: 80 }", false],
  ["server: { port: 70000 }", false],
  [
    "providers: { a: { type: mock } }\nmodels: { b: a/x, c: { targets: [a/x, { provider: a, weight: 2 }] } }",
    true,
  ],
  ["providers: { a: { type: nothing } }", false],
  ["providers: { a: {} }", false],
  ["observability: { tracing: { exporter: { type: [otlp, stdout] } } }", true],
  ["observability: { tracing: { exporter: { type: oltp } } }", false],
  ["logging: { level: warn }", true],
  ["auth: { keys: [{ name: a, key: '${file:/x}' }] }", true],
];

for (const [text, good] of AGREED) {
  Deno.test(`editors and the gateway ${good ? "accept" : "refuse"} ${text}`, () => {
    assertEquals(validate(parse(text)), good, JSON.stringify(validate.errors));
    assertEquals(problemsOf(text, { files: { "/x": "secret" } }).length === 0, good);
  });
}

Deno.test("the shipped configuration answers from the mock without a key, and from OpenAI with one", () => {
  const provider = (env: Readonly<Record<string, string>>) =>
    loadText(shipped, { env }).config.models["gpt-4o-mini"]?.targets.map((target) => target.provider);
  assertEquals(provider({}), ["mock"]);
  assertEquals(provider({ OPENAI_API_KEY: "k" }), ["openai"]);
});
