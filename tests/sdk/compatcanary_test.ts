import { assertEquals } from "@std/assert";
import { SdkGateway, UPSTREAMS } from "./gateway.ts";

/** A scanner of other people's making: https://www.npmjs.com/package/compatcanary */
const SCANNER = "npm:compatcanary@0.2.2";

Deno.test("compatcanary finds the gateway compatible", async (t) => {
  await using setup = await SdkGateway.start();
  // Ollama's own API has no way to force a call, for which this scanner asks; its row for OpenAI's clients has.
  for (const upstream of UPSTREAMS.filter((each) => each !== "ollama")) {
    await t.step(`on ${upstream}`, async () => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--allow-all", "--no-config", "--no-lock", SCANNER, "scan"],
          ...["--base-url", `${setup.url}/v1`, "--model", `model-${upstream}`, "--profile", "modern"],
        ],
        env: { NO_COLOR: "1" },
      }).output();
      const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      assertEquals(code, 0, text);
      assertEquals(/(\d+) failed/.exec(text)?.[1], "0", text);
    });
  }
});
