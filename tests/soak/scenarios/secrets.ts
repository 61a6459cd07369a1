import { plantedSecrets } from "../../security/planted_secrets.ts";
import { exactly } from "../figure.ts";
import type { Scenario } from "../scenario.ts";

export const secrets: Scenario = {
  name: "secrets",
  what:
    "7 planted secrets and 1,000 faults of a provider that repeats them: every output is searched, in three forms.",
  seconds: { long: 600, short: 90 },
  alone: false,
  async run(soak) {
    const { answered, found, searched } = await plantedSecrets(soak.pick({ long: 1000, short: 60 }));
    for (const each of found) soak.note(each);
    const bytes = [...searched.values()].reduce((sum, length) => sum + length, 0);
    soak.figure("faults", answered, "", null);
    soak.figure("outputs searched", searched.size, "", null);
    soak.figure("bytes searched", bytes, "", null);
    soak.figure("secrets found: plain, base64, URL-encoded", found.length, "", exactly(0));
  },
};
