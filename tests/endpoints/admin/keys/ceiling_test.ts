import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { heldBelow, isBelow } from "../../../../lib/endpoints/admin/keys/ceiling.ts";
import { GatewayError } from "../../../../lib/errors.ts";
import { Access } from "../../../../lib/stores/key_access.ts";
import type { Budget, KeyRecord } from "../../../../lib/stores/key_records.ts";
import { keyRecord } from "../../../stores/key_records.ts";

const name = fc.string({ unit: fc.constantFrom("a", "b", "*"), minLength: 1, maxLength: 4 });
const names = fc.option(fc.array(name, { maxLength: 3 }));
const addresses = fc.option(
  fc.array(fc.constantFrom("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "fd00::/8", "::/0"), {
    maxLength: 2,
  }),
);
const number = fc.option(fc.integer({ min: 1, max: 5 }));
const budgets = fc.uniqueArray(
  fc.record({ per: fc.constantFrom("day", "week", "month" as const), usd: fc.integer({ min: 1, max: 5 }) }),
  { selector: ({ per }) => per },
) as fc.Arbitrary<Budget[]>;
const bounds = fc.record({
  models: names,
  routes: names,
  addresses,
  expires_at: number,
  rpm: number,
  tpm: number,
  max_parallel: number,
  budgets,
});

/** Everything that a key lets through, of a few things. */
function allows(key: KeyRecord): (what: string) => boolean {
  const access = new Access([key]);
  return (what) => access.models.has(what) && access.routes.has(what);
}

Deno.test("a key that is held below its maker may do nothing that its maker may not", () => {
  const sample = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 5 });
  const from = fc.constantFrom("10.1.2.3", "10.1.2.4", "10.9.9.9", "192.168.0.1", "fd00::1", "2001:db8::1");
  fc.assert(
    fc.property(bounds, bounds, sample, from, (its, given, what, address) => {
      const maker = keyRecord("key_a1", its);
      let held: Readonly<Record<string, unknown>>;
      try {
        held = heldBelow(maker, given);
      } catch (error) {
        assertEquals(error instanceof GatewayError && error.code, "permission_denied");
        return;
      }
      const made = keyRecord("key_b2", held as Partial<KeyRecord>);
      assert(!allows(made)(what) || allows(maker)(what));
      assert(!new Access([made]).hasAddress(address) || new Access([maker]).hasAddress(address));
      for (const limit of ["expires_at", "rpm", "tpm", "max_parallel"] as const) {
        assert((made[limit] ?? Infinity) <= (maker[limit] ?? Infinity), limit);
      }
      for (const { per, usd } of maker.budgets) {
        assert(made.budgets.some((it) => it.per === per && it.usd <= usd), per);
      }
      assert(isBelow(maker, made));
      assertEquals(heldBelow(maker, held), held);
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("heldBelow() leaves what is not given, and isBelow() sees what was given by others", () => {
  const maker = keyRecord("key_a1", { models: ["a"], rpm: 5 });
  assertEquals(heldBelow(maker, { name: "x" }), { name: "x" });
  assertEquals(isBelow(maker, keyRecord("key_b2")), false);
  assertEquals(isBelow(maker, keyRecord("key_b2", { models: ["a"], rpm: 6 })), false);
  assertEquals(isBelow(maker, keyRecord("key_b2", { models: ["a"], rpm: 5 })), true);
});
