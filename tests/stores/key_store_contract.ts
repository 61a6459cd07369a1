import { assertEquals, assertNotEquals } from "@std/assert";
import type { KeyStore } from "../../lib/stores/key_store.ts";
import { digest, keyRecord, teamRecord, userRecord } from "./key_records.ts";

/** Registers the tests that every store of keys has to pass. */
export function testKeyStore(
  backend: string,
  create: () => Promise<KeyStore> | KeyStore,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  function test(name: string, run: (store: KeyStore) => Promise<void>): void {
    Deno.test({
      name: `${backend} key store: ${name}`,
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

  const everything = { after: "", limit: 100 };
  const ids = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id);

  test("gives what it was given, whole", async (store) => {
    const key = keyRecord("key_a1", {
      name: 'Grüße 🙂 "x" \\u0000',
      tags: { "a.b": "c'd", "": "" },
      models: ["gpt-*", "claude"],
      routes: [],
      addresses: ["10.0.0.0/8"],
      expires_at: 1_800_000_000_000,
      rpm: 1,
      tpm: 9_007_199_254_740_991,
      max_parallel: 0,
      budgets: [{ per: "day", usd: 0.1 }, { per: "month", usd: 1e6 }],
      previous: { sha256: digest("ff"), tail: "zzzz", until: 5 },
      role: "management",
      owner: "o",
      team: "t",
      user: "u",
    });
    assertEquals(await store.create("key", key), "done");
    assertEquals(await store.create("team", teamRecord("t", { rpm: 5 })), "done");
    assertEquals(await store.create("user", userRecord("u", { team: "t" })), "done");
    assertEquals(await store.get("key", "key_a1"), key);
    assertEquals(await store.get("team", "t"), teamRecord("t", { rpm: 5 }));
    assertEquals(await store.get("user", "u"), userRecord("u", { team: "t" }));
    assertEquals([store.backend, store.failure()], [backend, null]);
  });

  test("tells kinds apart, and knows what it does not have", async (store) => {
    await store.create("team", teamRecord("same"));
    assertEquals(await store.get("user", "same"), null);
    await store.create("user", userRecord("same", { name: "user" }));
    assertEquals((await store.get("team", "same"))?.name, "");
    assertEquals(await store.get("key", "same"), null);
    assertEquals(await store.find(digest("ab")), null);
    assertEquals(await store.find(""), null);
    assertEquals(await store.list("key", everything), []);
  });

  test("finds a key by its digest with those above it", async (store) => {
    await store.create("team", teamRecord("t"));
    await store.create("user", userRecord("u"));
    await store.create("key", keyRecord("key_a1", { team: "t", user: "u" }));
    await store.create("key", keyRecord("key_b2", { team: "gone", user: "gone" }));
    await store.create("key", keyRecord("key_c3"));
    assertEquals(await store.find(digest("a1")), {
      key: keyRecord("key_a1", { team: "t", user: "u" }),
      team: teamRecord("t"),
      user: userRecord("u"),
    });
    const others = await Promise.all([store.find(digest("b2")), store.find(digest("c3"))]);
    assertEquals(others.map((it) => [it?.key.id, it?.team, it?.user]), [
      ["key_b2", null, null],
      ["key_c3", null, null],
    ]);
  });

  test("finds a rotated key by both its digests, and by no other one", async (store) => {
    const first = keyRecord("key_a1");
    await store.create("key", first);
    const rotated = {
      ...first,
      revision: 2,
      sha256: digest("b2"),
      previous: { sha256: first.sha256, tail: first.tail, until: 10 },
    };
    assertEquals(await store.replace("key", rotated), "done");
    assertEquals((await store.find(digest("b2")))?.key, rotated);
    assertEquals((await store.find(first.sha256))?.key, rotated);
    const again = { ...rotated, revision: 3, sha256: digest("c3"), previous: null };
    assertEquals(await store.replace("key", again), "done");
    assertEquals((await store.find(digest("c3")))?.key, again);
    assertEquals([await store.find(first.sha256), await store.find(digest("b2"))], [null, null]);
  });

  test("takes no second one of an id or of a digest", async (store) => {
    await store.create(
      "key",
      keyRecord("key_a1", { previous: { sha256: digest("ee"), tail: "", until: 1 } }),
    );
    assertEquals(await store.create("key", keyRecord("key_a1", { sha256: digest("b2") })), "conflict");
    assertEquals(await store.create("key", keyRecord("key_b2", { sha256: digest("a1") })), "conflict");
    assertEquals(await store.create("key", keyRecord("key_b2", { sha256: digest("ee") })), "conflict");
    assertEquals(await store.find(digest("b2")), null);
    assertEquals(ids(await store.list("key", everything)), ["key_a1"]);
    assertEquals(await store.create("key", keyRecord("key_b2")), "done");
    const stolen = keyRecord("key_b2", { sha256: digest("a1"), revision: 2 });
    assertEquals(await store.replace("key", stolen), "conflict");
    assertEquals((await store.find(digest("a1")))?.key.id, "key_a1");
    assertEquals((await store.find(digest("b2")))?.key.id, "key_b2");
  });

  test("lets nobody overwrite a change that he has not seen", async (store) => {
    await store.create("team", teamRecord("t"));
    const outcomes = await Promise.all([
      store.replace("team", teamRecord("t", { name: "one", revision: 2 })),
      store.replace("team", teamRecord("t", { name: "two", revision: 2 })),
    ]);
    assertEquals(outcomes.toSorted(), ["conflict", "done"]);
    const name = outcomes[0] === "done" ? "one" : "two";
    assertEquals(await store.get("team", "t"), teamRecord("t", { name, revision: 2 }));
    assertEquals(await store.replace("team", teamRecord("other", { revision: 2 })), "not_found");
    assertEquals(await store.remove("team", "t", 1), "conflict");
    assertEquals(await store.remove("team", "t", 2), "done");
    assertEquals(await store.remove("team", "t"), "not_found");
  });

  test("makes one of many who create the same", async (store) => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () => store.create("key", keyRecord("key_a1"))),
    );
    assertEquals(outcomes.filter((it) => it === "done").length, 1);
  });

  test("forgets what is removed, digests too", async (store) => {
    const previous = { sha256: digest("ee"), tail: "", until: 1 };
    await store.create("key", keyRecord("key_a1", { previous }));
    assertEquals(await store.remove("key", "key_a1"), "done");
    assertEquals(await store.get("key", "key_a1"), null);
    assertEquals([await store.find(digest("a1")), await store.find(digest("ee"))], [null, null]);
    assertEquals(await store.list("key", everything), []);
    assertEquals(await store.create("key", keyRecord("key_a1", { previous })), "done");
  });

  test("lists in the order of ids, page by page", async (store) => {
    for (const id of ["key_c3", "key_a1", "key_d4", "key_b2"]) await store.create("key", keyRecord(id));
    const first = await store.list("key", { after: "", limit: 3 });
    assertEquals(ids(first), ["key_a1", "key_b2", "key_c3"]);
    assertEquals(ids(await store.list("key", { after: "key_c3", limit: 3 })), ["key_d4"]);
    assertEquals(ids(await store.list("key", { after: "key_b", limit: 1 })), ["key_b2"]);
    assertEquals(await store.list("key", { after: "key_d4", limit: 3 }), []);
    await store.remove("key", "key_b2");
    assertEquals(ids(await store.list("key", { after: "key_a1", limit: 2 })), ["key_c3", "key_d4"]);
  });

  test("lists those of a team, of a user, and those that are disabled", async (store) => {
    await store.create("key", keyRecord("key_a1", { team: "t", user: "u" }));
    await store.create("key", keyRecord("key_b2", { team: "t", disabled: true }));
    await store.create("key", keyRecord("key_c3", { user: "u", disabled: true }));
    await store.create("key", keyRecord("key_d4"));
    await store.create("user", userRecord("u", { team: "t" }));
    await store.create("user", userRecord("v"));
    const listed = async (filter: object) => ids(await store.list("key", { ...everything, ...filter }));
    assertEquals(await listed({ team: "t" }), ["key_a1", "key_b2"]);
    assertEquals(await listed({ user: "u" }), ["key_a1", "key_c3"]);
    assertEquals(await listed({ team: "t", user: "u" }), ["key_a1"]);
    assertEquals(await listed({ disabled: true }), ["key_b2", "key_c3"]);
    assertEquals(await listed({ disabled: false, team: "t" }), ["key_a1"]);
    assertEquals(await listed({ team: "" }), ["key_c3", "key_d4"]);
    assertEquals(await listed({ disabled: true, limit: 1 }), ["key_b2"]);
    assertEquals(ids(await store.list("user", { ...everything, team: "t" })), ["u"]);
    await store.replace("key", keyRecord("key_d4", { team: "t", revision: 2 }));
    await store.replace("key", keyRecord("key_a1", { team: "x", revision: 2 }));
    assertEquals(await listed({ team: "t" }), ["key_b2", "key_d4"]);
  });

  test("takes no more than there may be, however many come at a time", async (store) => {
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, (_, i) => store.create("key", keyRecord(`key_${i + 10}`), 5)),
    );
    assertEquals(outcomes.filter((it) => it === "done").length, 5);
    assertEquals(outcomes.filter((it) => it === "full").length, 7);
    assertEquals(await store.create("team", teamRecord("t"), 1), "done");
    assertEquals(await store.create("team", teamRecord("t"), 1), "conflict");
    assertEquals(await store.create("key", keyRecord("key_90"), 6), "done");
    assertEquals(await store.create("key", keyRecord("key_91")), "done");
  });

  test("has another version after each change, and after nothing else", async (store) => {
    const seen = [await store.version()];
    const after = async (change: Promise<unknown>) => {
      await change;
      seen.push(await store.version());
    };
    await after(store.create("key", keyRecord("key_a1")));
    await after(store.replace("key", keyRecord("key_a1", { revision: 2 })));
    await after(store.create("team", teamRecord("t")));
    await after(store.remove("team", "t"));
    await after(store.create("user", userRecord("u")));
    assertEquals(new Set(seen).size, seen.length);
    const last = seen.at(-1);
    assertNotEquals(last, undefined);
    await store.create("key", keyRecord("key_a1"));
    await store.replace("key", keyRecord("key_a1", { revision: 2 }));
    await store.remove("team", "t");
    await store.find(digest("a1"));
    await store.list("key", everything);
    assertEquals(await store.version(), last);
  });
}
