import { assertEquals } from "@std/assert";
import { configuredKeys } from "../../lib/assembly/configured_keys.ts";
import { NO_LIMITS } from "../../lib/stores/key_records.ts";
import { loadText } from "../config/load_text.ts";

Deno.test("configuredKeys() tells whose limits hold for a key", () => {
  const { config } = loadText(`
auth:
  keys:
    - { name: a, key: ka, team: search, user: ann, rpm: 5, budgets: [{ per: day, usd: 1.5 }] }
    - { name: b, key: kb, team: search }
    - { name: c, key: kc, team: elsewhere, tpm: 7 }
    - { name: d, key: kd }
  teams:
    search: { max_parallel: 2 }
    idle: {}
`);
  const [a, b, c, d] = configuredKeys(config);
  const team = { kind: "team", id: "search", name: "search", limits: { ...NO_LIMITS, max_parallel: 2 } };
  const own = { ...NO_LIMITS, rpm: 5, budgets: [{ per: "day", usd: 1.5 }] };
  assertEquals<unknown>(a?.limited, [{ kind: "key", id: "a", name: "a", limits: own }, team]);
  assertEquals([a?.team, a?.user], ["search", "ann"]);
  assertEquals<unknown>(b?.limited, [team]);
  assertEquals<unknown>(c?.limited, [
    { kind: "key", id: "c", name: "c", limits: { ...NO_LIMITS, tpm: 7 } },
  ]);
  assertEquals([d?.limited, d?.team, d?.user], [[], undefined, undefined]);
});
