import { assertEquals, assertStringIncludes } from "@std/assert";
import { checkConfig } from "../../lib/cli/check_config.ts";
import { fakeSystem } from "./fake_system.ts";

const FILE = `model_list:
  - model_name: a
    litellm_params: { model: azure/a, api_key: os.environ/KEY, temperature: 1 }
`;

async function convert(text: string, env: Readonly<Record<string, string>> = {}) {
  const system = fakeSystem({ "config.yaml": text }, env);
  const code = await checkConfig.run(new Map([["convert", true as const]]), system);
  return { code, output: system.output.join("\n"), errors: system.errors.join("\n") };
}

Deno.test("check-config --convert prints the native form, with what was lost", async () => {
  const { code, output, errors } = await convert(FILE, { AZURE_API_BASE: "https://r.openai.azure.com" });
  assertEquals([code, errors], [0, ""]);
  assertStringIncludes(output, "# config.yaml:3: model_list[0].litellm_params.temperature: is not supported");
  assertStringIncludes(output, 'base_url: "${AZURE_API_BASE}"');
});

Deno.test("check-config --convert prints it also where a variable is not set, and says so", async () => {
  const { code, output, errors } = await convert(FILE, { KEY: "k" });
  assertEquals(code, 2);
  assertStringIncludes(output, 'base_url: "${AZURE_API_BASE}"');
  assertStringIncludes(errors, "the variable AZURE_API_BASE is not set; set it\n");
});

Deno.test("check-config --convert prints nothing of a file that is wrong in its own dialect", async () => {
  const { code, output, errors } = await convert("model_list: []\nrouter_settings: { num_retires: 1 }\n");
  assertEquals([code, output], [2, ""]);
  assertStringIncludes(
    errors,
    'config.yaml:2: router_settings.num_retires: unknown key; did you mean "num_retries"?',
  );
});

Deno.test("check-config --convert has nothing to do for the gateway's own form", async () => {
  const { code, output, errors } = await convert("server: {}\n");
  assertEquals([code, output], [0, ""]);
  assertStringIncludes(errors, "in the gateway's own form already");
});
