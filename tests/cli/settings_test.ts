import { assertEquals } from "@std/assert";
import { configReader } from "../../lib/cli/settings.ts";
import { fakeSystem } from "./fake_system.ts";

Deno.test("configReader() reads a file anew in another dialect than before", async () => {
  const files: Record<string, string> = { "config.yaml": "server: { port: 1 }\n" };
  const reader = await configReader(new Map(), fakeSystem(files));
  const read = async () => {
    const { config, dialect } = await reader.read();
    return [dialect, config.server.port];
  };
  assertEquals(await read(), [null, 1]);
  files["config.yaml"] = "model_list: []\n";
  assertEquals(await read(), ["LiteLLM", 4000]);
  files["config.yaml"] = "vllm_endpoints: []\n";
  assertEquals(await read(), ["vLLM Semantic Router", 8801]);
  files["config.yaml"] = "server: { port: 2 }\n";
  assertEquals(await read(), [null, 2]);
});
