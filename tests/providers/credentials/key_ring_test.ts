import { assert, assertEquals } from "@std/assert";
import { KeyRing } from "../../../lib/providers/credentials/key_ring.ts";
import { ManualClock } from "../../manual_clock.ts";

/** A ring of keys by weight, how often each is drawn when the dice show every number once, and what was warned of. */
function setup(weights: Readonly<Record<string, number>>) {
  const clock = new ManualClock();
  const cooling: [string, number, number][] = [];
  const values = new Map(Object.keys(weights).map((key) => [key, key]));
  let dice = 0;
  const ring = new KeyRing(
    Object.entries(weights).map(([key, weight]) => ({
      key: { reveal: () => values.get(key) ?? "" },
      weight,
    })),
    {
      scheme: "x-api-key",
      clock,
      random: () => dice,
      onCooling: (...about) => cooling.push(about),
    },
  );
  const draw = (at: number) => {
    dice = at;
    return ring.credential();
  };
  const drawn = () => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < 100; i++) {
      const [, key = "none"] = draw(i / 100).headers;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  };
  const refuse = (at: number, status: number, retryAfter: number | null = null) =>
    draw(at).refused?.(status, retryAfter);
  return { clock, ring, values, cooling, draw, drawn, refuse };
}

Deno.test("KeyRing gives keys by weight", () => {
  assertEquals(setup({ "key-a": 3, "key-b": 1 }).drawn(), { "key-a": 75, "key-b": 25 });
  assertEquals(setup({ "key-a": 1, "key-b": 0 }).drawn(), { "key-a": 100 });
  assertEquals(setup({ "key-a": 0, "key-b": 0 }).drawn(), { "key-a": 100 });
});

Deno.test("KeyRing hands out the same object while nothing changes, and nobody hears of refusals of an only key", () => {
  const { draw } = setup({ "key-a": 1 });
  assert(draw(0) === draw(0.5));
  assertEquals(draw(0).headers, ["x-api-key", "key-a"]);
  assertEquals(draw(0).refused, undefined);
});

const REFUSALS: { name: string; status: number; retryAfter: number | null; rests: number }[] = [
  { name: "429", status: 429, retryAfter: null, rests: 10_000 },
  { name: "429 with Retry-After", status: 429, retryAfter: 2.5, rests: 2_500 },
  { name: "429 with a Retry-After beyond the cap", status: 429, retryAfter: 86_400, rests: 300_000 },
  { name: "429 with nonsense in Retry-After", status: 429, retryAfter: -1, rests: 10_000 },
  { name: "402", status: 402, retryAfter: null, rests: 60_000 },
  { name: "401", status: 401, retryAfter: null, rests: 60_000 },
  { name: "403, whatever Retry-After says", status: 403, retryAfter: 1, rests: 60_000 },
];

for (const { name, status, retryAfter, rests } of REFUSALS) {
  Deno.test(`KeyRing lets the one key rest that got ${name}, and says that there is another`, () => {
    const { clock, cooling, drawn, refuse } = setup({ "key-a": 1, "key-b": 1 });
    assertEquals(refuse(0, status, retryAfter), true);
    assertEquals(cooling, [["ey-a", status, rests]]);
    assertEquals(drawn(), { "key-b": 100 });
    clock.advance(rests - 1);
    assertEquals(drawn(), { "key-b": 100 });
    clock.advance(1);
    assertEquals(drawn(), { "key-a": 50, "key-b": 50 });
  });
}

Deno.test("KeyRing takes keys of weight 0 while the others rest", () => {
  const { drawn, refuse } = setup({ "key-a": 1, "key-b": 0 });
  assertEquals(refuse(0, 429), true);
  assertEquals(drawn(), { "key-b": 100 });
});

Deno.test("KeyRing uses the key that is ready soonest where all rest, and then says that there is no other", () => {
  const { drawn, refuse, cooling } = setup({ "key-a": 1, "key-b": 1 });
  assertEquals(refuse(0, 429, 20), true);
  assertEquals(refuse(0, 429, 10), false);
  assertEquals(drawn(), { "key-b": 100 });
  assertEquals(refuse(0, 429, 5), false);
  assertEquals(cooling.length, 2, "a key that rests already is not told of again");
});

Deno.test("KeyRing uses a changed secret at once, and forgets what was said of the old one", () => {
  const { values, draw, refuse, ring } = setup({ "key-a": 1, "key-b": 1 });
  const old = draw(0);
  assertEquals(refuse(0, 401), true);
  values.set("key-a", "key-new");
  assertEquals(draw(0).headers, ["x-api-key", "key-new"]);
  assertEquals(old.refused?.(401, null), true, "the answer is about a key that is no longer used");
  assertEquals(draw(0).headers, ["x-api-key", "key-new"]);
  assertEquals(ring.secrets(), ["key-new", "key-b"]);
});

Deno.test("KeyRing shows its keys to nobody who prints it", () => {
  const { ring, draw } = setup({ "key-hidden": 1, "key-secret": 1 });
  draw(0);
  assert(!/key-(hidden|secret)/.test(Deno.inspect(ring, { depth: 20, showHidden: true })));
  assert(!/key-(hidden|secret)/.test(JSON.stringify(ring)));
});
