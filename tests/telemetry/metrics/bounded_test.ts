import { assertEquals } from "@std/assert";
import { V8_FLAGS } from "../../../scripts/v8_flags.ts";

Deno.test("1,000,000 requests with random models, paths and keys: at most 2,000 lines a metric, 50 MB more", async () => {
  const path = (name: string) => new URL(name, import.meta.url).pathname;
  // In a process as the gateway's is, since memory is what is measured.
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      `--v8-flags=${V8_FLAGS}`,
      `--config=${path("../../../deno.json")}`,
      path("bounded_program.ts"),
    ],
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (text === "") throw new Error(new TextDecoder().decode(stderr));
  const { megabytes, lines, total, folded } = JSON.parse(text);
  assertEquals(megabytes <= 50, true, `${megabytes} MB more`);
  assertEquals(Object.entries<number>(lines).filter(([, count]) => count > 2000), []);
  assertEquals([total <= 20_000, folded > 0], [true, true]);
});
