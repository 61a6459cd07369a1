import { assertEquals } from "@std/assert";
import type { SpendPlace, SpendRow, SpendStore } from "../../lib/stores/spend_store.ts";

const PLACE: SpendPlace = {
  day: "2026-11-25",
  key: "key_a",
  team: "red",
  user: "u1",
  model: "gpt",
  requested_model: "fast",
  provider: "openai",
};

function row(nanoUsd: number, place: Partial<SpendPlace> = {}): SpendRow {
  return { place: { ...PLACE, ...place }, requests: 1, inputTokens: 10, outputTokens: 3, nanoUsd };
}

const figures = (requests: number, nanoUsd: number) => ({
  requests,
  inputTokens: 10 * requests,
  outputTokens: 3 * requests,
  nanoUsd,
});

const ALL = { since: "2026-01-01", until: "2026-12-31", where: {} };

/** Registers the tests that every store of spend has to pass. */
export function testSpendStore(
  backend: string,
  create: () => Promise<SpendStore> | SpendStore,
  ignore = false,
): void {
  function test(name: string, run: (store: SpendStore) => Promise<void>): void {
    Deno.test({
      name: `${backend} spend store: ${name}`,
      ignore,
      async fn() {
        const store = await create();
        try {
          await run(store);
        } finally {
          await store.close();
        }
      },
    });
  }

  test("adds up what is of the same, exactly", async (store) => {
    assertEquals(await store.sum(ALL, []), [{ values: [], ...figures(0, 0) }]);
    await store.add({ id: "1", rows: [row(1), row(9_007_199_254_740)] });
    await store.add({ id: "2", rows: [row(2)] });
    assertEquals(await store.sum(ALL, []), [{ values: [], ...figures(3, 9_007_199_254_743) }]);
    assertEquals(store.backend, backend);
  });

  test("adds a group once, however often it is sent", async (store) => {
    const group = { id: "again", rows: [row(5), row(6, { key: "key_b" })] };
    await store.add(group);
    await store.add(group);
    assertEquals(await store.sum(ALL, []), [{ values: [], ...figures(2, 11) }]);
  });

  test("tells apart by whatever is asked for, the most money first", async (store) => {
    await store.add({
      id: "1",
      rows: [
        row(5),
        row(7, { key: "key_b", day: "2026-11-24" }),
        row(7, { key: 'k"\\{ü', team: "", user: "" }),
        row(2, { model: "mini", provider: "azure" }),
      ],
    });
    assertEquals(await store.sum(ALL, ["key"]), [
      { values: ['k"\\{ü'], ...figures(1, 7) },
      { values: ["key_a"], ...figures(2, 7) },
      { values: ["key_b"], ...figures(1, 7) },
    ]);
    assertEquals(await store.sum(ALL, ["provider", "day"]), [
      { values: ["openai", "2026-11-25"], ...figures(2, 12) },
      { values: ["openai", "2026-11-24"], ...figures(1, 7) },
      { values: ["azure", "2026-11-25"], ...figures(1, 2) },
    ]);
    assertEquals((await store.sum(ALL, ["team"])).map(({ values, nanoUsd }) => [...values, nanoUsd]), [
      ["red", 14],
      ["", 7],
    ]);
  });

  test("tells of the days that are asked for, both included, and of those who are", async (store) => {
    const days = ["2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01"];
    await store.add({ id: "1", rows: days.map((day, i) => row(10 ** i, { day })) });
    const november = { since: "2026-11-01", until: "2026-11-30", where: {} };
    assertEquals((await store.sum(november, []))[0]?.nanoUsd, 110);
    const of = async (where: Partial<SpendPlace>) => (await store.sum({ ...ALL, where }, []))[0]?.nanoUsd;
    assertEquals(await of({ user: "u1", requested_model: "fast" }), 1111);
    assertEquals(await of({ user: "u2" }), 0);
    assertEquals(await of({ day: "2026-11-01" }), 10);
    assertEquals(await store.sum({ ...ALL, where: { key: "nobody" } }, ["day"]), []);
  });

  test("what is asked for is a value and never a part of the question", async (store) => {
    await store.add({ id: "1", rows: [row(1)] });
    const where = { key: "' OR '1'='1" };
    assertEquals((await store.sum({ ...ALL, where }, []))[0]?.nanoUsd, 0);
  });

  test("is told a name for the first time once", async (store) => {
    const all = await Promise.all([1, 2, 3, 4].map(() => store.first("key:a:budget:day:2026-11-25:80")));
    assertEquals(all.filter(Boolean).length, 1);
    assertEquals(await store.first("key:a:budget:day:2026-11-26:80"), true);
  });

  test("adds what many send at once", async (store) => {
    await Promise.all(Array.from({ length: 40 }, (_, i) =>
      store.add({
        id: `${i}`,
        rows: [row(1, { key: `key_${i % 3}` }), row(1, { key: `key_${(i + 1) % 3}` })],
      })));
    assertEquals(await store.sum(ALL, []), [{ values: [], ...figures(80, 80) }]);
  });

  if (backend === "redis") return;
  test("forgets the days before one", async (store) => {
    await store.add({ id: "1", rows: [row(1, { day: "2026-11-24" }), row(2)] });
    await store.prune("2026-11-25");
    assertEquals((await store.sum(ALL, []))[0]?.nanoUsd, 2);
  });
}
