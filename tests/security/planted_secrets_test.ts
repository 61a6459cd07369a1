import { assert, assertEquals } from "@std/assert";
import { plantedSecrets } from "./planted_secrets.ts";

Deno.test("no planted secret comes out anywhere, whatever fails", async () => {
  const { faults, answered, found, searched } = await plantedSecrets(60);
  assertEquals([answered, found], [faults, []]);
  // What was not there could not tell anything.
  for (
    const where of [
      "standard output",
      "/metrics",
      "/admin/events",
      "file conversations.db",
      "file requests.db",
    ]
  ) {
    assert((searched.get(where) ?? 0) > 100, `${where}: ${searched.get(where)}`);
  }
});
