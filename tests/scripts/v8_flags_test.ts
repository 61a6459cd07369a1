import { assert } from "@std/assert";
import { V8_FLAGS } from "../../scripts/v8_flags.ts";

Deno.test("the tasks that run the gateway, or measure a part of it, have V8's flags", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  for (const name of ["start", "dev", "bench", "bench:requests"]) {
    assert(tasks[name].command.includes(`--v8-flags=${V8_FLAGS} `), `${name}: ${tasks[name].command}`);
  }
});
