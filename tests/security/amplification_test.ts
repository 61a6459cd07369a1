import { assert } from "@std/assert";
import { amplifications } from "./amplification.ts";

Deno.test("no request of a megabyte costs a hundred times what it costs its client", async () => {
  for (const { name, memory, cpu } of await amplifications(2 ** 20)) {
    assert(memory <= 100, `${name}: ${memory} × its bytes`);
    assert(cpu <= 100, `${name}: ${cpu} × its client's processor time`);
  }
});
