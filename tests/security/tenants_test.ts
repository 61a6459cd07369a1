import { assertEquals } from "@std/assert";
import { crossTenantProbes } from "./tenants.ts";

const folder = () => Deno.makeTempDir({ prefix: "tenants-" });

for (const store of ["memory", "sqlite"] as const) {
  Deno.test(`what one caller keeps is not there for another, on every route that takes an id (${store})`, async () => {
    const directory = await folder();
    const conversations = store === "memory" ? "{}" : `{ path: ${directory}/conversations.db }`;
    const { unknown, failed, faults } = await crossTenantProbes({
      seed: 20_261_125,
      probes: 1000,
      conversations,
    });
    await Deno.remove(directory, { recursive: true });
    assertEquals([failed, faults], [0, []]);
    // A route with an id that is new: say in tests/security/tenants.ts whose its ids are.
    assertEquals(unknown, []);
  });
}
