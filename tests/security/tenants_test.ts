import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { crossTenantProbes } from "./tenants.ts";
import { STORES } from "./tenant_stores.ts";

for (const [name, { probes, needs, open }] of Object.entries(STORES)) {
  Deno.test({
    name: `what one caller keeps is not there for another, on every route that takes an id (${name})`,
    ...requires(...needs),
    async fn() {
      await using store = await open();
      const { unknown, failed, faults } = await crossTenantProbes({
        seed: 20_261_125,
        probes,
        kept: store.kept,
      });
      assertEquals([failed, faults], [0, []]);
      // A route with an id that is new: say in tests/security/tenants.ts whose its ids are.
      assertEquals(unknown, []);
    },
  });
}
