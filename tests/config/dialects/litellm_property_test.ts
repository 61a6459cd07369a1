import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { namesOf } from "../../../lib/config/dialects/key_table.ts";
import { litellm } from "../../../lib/config/dialects/litellm/litellm.ts";
import { PROVIDER_PREFIXES } from "../../../lib/config/dialects/litellm/provider_prefixes.ts";
import { LITELLM_TABLES } from "../../../lib/config/dialects/litellm/tables.ts";
import { nativeForm } from "../../../lib/config/native_form.ts";
import { nativeText } from "../../../lib/config/native_text.ts";
import { isMapping } from "../../../lib/config/path.ts";
import { parseYaml } from "../../../lib/config/yaml.ts";
import { problemsOf } from "../load_text.ts";

/** Values of every kind, those that mean something among them. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    "os.environ/NAME",
    "$5 {a: b} # no comment",
    "redis",
    "disk",
    "1e-6",
    0.5,
    -1,
    true,
    null,
    ["otel", "prometheus"],
    [{ a: ["b"] }, { "*": "a" }],
    { type: "redis", ttl: 1 },
  ),
);

function keysOf(title: string): fc.Arbitrary<Record<string, unknown>> {
  const table = LITELLM_TABLES.find((it) => it.title === title);
  const names = [
    ...Object.keys(table?.converted ?? {}),
    ...[...table?.unsupported ?? [], ...table?.needless ?? []].flatMap(([, group]) => namesOf(group)),
    "made_up",
  ];
  return fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6, noNullPrototype: true });
}

const model = fc.record({
  prefix: fc.constantFrom(...Object.keys(PROVIDER_PREFIXES), "sagemaker", "none"),
  name: fc.constantFrom("m", "*", "a/b", "gemini-1", "claude-1", "eu-west-1/x"),
  group: fc.constantFrom("a", "b", "a/*", "*"),
  params: keysOf("model_list[].litellm_params"),
  info: keysOf("model_list[].model_info"),
}).map(({ prefix, name, group, params, info }) => ({
  model_name: group,
  litellm_params: { ...params, model: `${prefix}/${name}` },
  model_info: info,
}));

const file = fc.record({
  model_list: fc.array(fc.oneof({ weight: 9, arbitrary: model }, { weight: 1, arbitrary: value }), {
    maxLength: 4,
  }),
  litellm_settings: keysOf("litellm_settings"),
  router_settings: keysOf("router_settings"),
  general_settings: keysOf("general_settings"),
  environment_variables: fc.constantFrom({}, { NAME: "in the } file" }, {
    NAME: "a$b",
    OTEL_SERVICE_NAME: "s",
  }),
});

Deno.test("whatever stands in a file of LiteLLM's: it is converted, and what is printed of it reads back", () => {
  fc.assert(
    fc.property(file, (tree) => {
      const context = { env: () => undefined, readFile: () => "" };
      const document = parseYaml("", "their.yaml");
      const form = nativeForm(document, tree, "their.yaml", context, [litellm]);
      const read = parseYaml(nativeText(form), "native.yaml");
      assertEquals(read.problems, []);
      assertEquals(without(read.tree), without(form.tree));
    }),
    { numRuns: 300 },
  );
});

Deno.test("whatever stands in a file of LiteLLM's: it is good, or what is wrong is told", () => {
  fc.assert(
    fc.property(file, (tree) => {
      // JSON is YAML. What is not told is thrown.
      problemsOf(JSON.stringify(tree), {
        env: { NAME: "value", AZURE_API_BASE: "https://r.openai.azure.com" },
      });
    }),
    { numRuns: 300 },
  );
});

/** YAML knows no undefined. */
function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, without(item)]),
  );
}
