import { assertEquals, assertStrictEquals } from "@std/assert";
import { LimitRules } from "../../../lib/stages/limits/limit_rules.ts";
import { type Limits, NO_LIMITS } from "../../../lib/stores/key_records.ts";
import { principal } from "../../principal.ts";

const limits = (more: Partial<Limits>): Limits => ({ ...NO_LIMITS, ...more });

function rules(
  options: { keys?: Limits; models?: Record<string, Limits>; shares?: number } = {},
): LimitRules {
  const { keys = NO_LIMITS, models = {}, shares = 1 } = options;
  return new LimitRules({
    keys,
    models: new Map(Object.entries(models).map(([name, limits]) => [name, { name, limits }])),
    shares: { limits: shares, budgets: 1 },
  });
}

const shown = (set: ReturnType<LimitRules["of"]>) => set.rules.map(({ id, limit }) => `${id}=${limit}`);

Deno.test("LimitRules: a key's own limits come before those of all keys, each by itself", () => {
  const known = rules({ keys: limits({ rpm: 10, tpm: 100, budgets: [{ per: "day", usd: 1 }] }) });
  const own = principal({
    keyId: "k",
    limited: [{ kind: "key", id: "k", name: "n", limits: limits({ rpm: 3, max_parallel: 2 }) }],
  });
  assertEquals(shown(known.of(own, "m")), [
    "key:k:requests=3",
    "key:k:tokens=100",
    "key:k:parallel=2",
    "key:k:budget:day=1000000000",
  ]);
  assertEquals(shown(known.of(principal({ keyId: "other" }), "m")), [
    "key:other:requests=10",
    "key:other:tokens=100",
    "key:other:budget:day=1000000000",
  ]);
});

Deno.test("LimitRules: team, user and model hold besides the key, and for nobody the model alone", () => {
  const known = rules({ models: { m: limits({ tpm: 7 }) } });
  const caller = principal({
    limited: [
      { kind: "team", id: "t", name: "T", limits: limits({ rpm: 1 }) },
      { kind: "user", id: "u", name: "U", limits: limits({ budgets: [{ per: "month", usd: 0.5 }] }) },
    ],
  });
  assertEquals(shown(known.of(caller, "m")), [
    "team:t:requests=1",
    "user:u:budget:month=500000000",
    "model:m:tokens=7",
  ]);
  assertEquals(shown(known.of(null, "m")), ["model:m:tokens=7"]);
  assertEquals(known.of(null, "other"), { rules: [], countsTokens: false, countsMoney: false });
  assertStrictEquals(known.of(caller, "m"), known.of(caller, "m"));
});

Deno.test("LimitRules: what cannot be shared is divided, and nobody gets nothing", () => {
  const divided = rules({
    keys: limits({ rpm: 10, max_parallel: 1, budgets: [{ per: "day", usd: 1 }] }),
    shares: 4,
  });
  assertEquals(shown(divided.of(principal({ keyId: "k" }), "")), [
    "key:k:requests=3",
    "key:k:parallel=1",
    "key:k:budget:day=1000000000",
  ]);
});
