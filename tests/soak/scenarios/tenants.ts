import { toolPath } from "../../requires.ts";
import { STORES } from "../../security/tenant_stores.ts";
import { crossTenantProbes } from "../../security/tenants.ts";
import { exactly } from "../figure.ts";
import type { Scenario } from "../scenario.ts";

export const tenants: Scenario = {
  name: "tenants",
  what:
    "100,000 probes for what another caller keeps, on every route that takes an id: a part with each kind of store " +
    "(memory, SQLite, Redis, Postgres).",
  seconds: { long: 900, short: 60 },
  alone: false,
  async run(soak) {
    const present = Object.entries(STORES).filter(([name, { needs }]) => {
      const absent = needs.find((tool) => toolPath(tool) === null);
      if (absent !== undefined) soak.note(`without ${name}: there is no ${absent}`);
      return absent === undefined;
    });
    const probes = Math.ceil(soak.pick({ long: 100_000, short: 1_000 }) / present.length);
    for (const [name, { open }] of present) {
      const seed = Math.floor(soak.random() * 2 ** 31);
      const { kept } = soak.use(await open());
      const { unknown, failed, faults, times } = await crossTenantProbes({ seed, probes, kept });
      for (const each of faults) soak.note(each);
      soak.figure(`probes (${name})`, probes, "", null);
      soak.figure(`hits, and answers that are not the same 404 (${name})`, failed, "", exactly(0));
      soak.figure(
        `routes of which nobody says whose ids they take (${name})`,
        unknown.length,
        "",
        exactly(0),
      );
      soak.figure(`an answer for what is another's (${name})`, times.hers, "µs", null);
      soak.figure(`an answer for what is not there (${name})`, times.absent, "µs", null);
    }
  },
};
