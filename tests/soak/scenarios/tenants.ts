import { crossTenantProbes } from "../../security/tenants.ts";
import { exactly } from "../figure.ts";
import type { Scenario } from "../scenario.ts";

export const tenants: Scenario = {
  name: "tenants",
  what:
    "100,000 probes for what another caller keeps, on every route that takes an id: half of them with SQLite.",
  seconds: { long: 900, short: 60 },
  alone: false,
  async run(soak) {
    const probes = soak.pick({ long: 50_000, short: 500 });
    const stores = {
      memory: "conversations: {}",
      SQLite: `conversations: { path: ${soak.folder}/conversations.db }`,
    };
    for (const [store, kept] of Object.entries(stores)) {
      const seed = Math.floor(soak.random() * 2 ** 31);
      const { unknown, failed, faults, times } = await crossTenantProbes({ seed, probes, kept });
      for (const each of faults) soak.note(each);
      soak.figure(`probes (${store})`, probes, "", null);
      soak.figure(`hits, and answers that are not the same 404 (${store})`, failed, "", exactly(0));
      soak.figure(
        `routes of which nobody says whose ids they take (${store})`,
        unknown.length,
        "",
        exactly(0),
      );
      soak.figure(`an answer for what is another's (${store})`, times.hers, "µs", null);
      soak.figure(`an answer for what is not there (${store})`, times.absent, "µs", null);
    }
  },
};
