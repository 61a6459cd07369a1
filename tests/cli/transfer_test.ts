/** `gateway export` and `gateway import` as they are called. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { systemClock } from "../../lib/clock.ts";
import { sqliteStores } from "../../lib/stores/sqlite_stores.ts";
import { turn } from "../stores/conversation_store_contract.ts";
import { fakeSystem } from "./fake_system.ts";

const MOCK = "providers: { mock: { type: mock } }\nmodels: { m: mock/m }\n";

async function withFiles(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "transfer-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function open(path: string) {
  return await sqliteStores({
    path,
    synchronous: "normal",
    timeout: 10_000,
    maxEntries: 1_000,
    maxBytes: 1e9,
    ttl: 3_600_000,
    clock: systemClock,
  });
}

Deno.test("export writes a file that is its owner's alone, and import takes it in, once", () =>
  withFiles(async (directory) => {
    const from = await open(`${directory}/from.db`);
    for (let i = 0; i < 30; i++) {
      await from.turns.create(turn(`resp_${i}`, { owner: i % 2 === 0 ? "a" : "b" }));
    }
    await from.turns.close();
    const system = fakeSystem({
      "from.yaml": `${MOCK}conversations: { path: ${directory}/from.db }`,
      "to.yaml": `${MOCK}conversations: { path: ${directory}/to.db }`,
    });
    const file = `${directory}/all.jsonl`;
    assertEquals(
      await run(["export", "--config", "from.yaml", "--output", file], system),
      0,
      system.errors.join(),
    );
    assertEquals(system.errors, [
      "left out: keys: there are none (keys)",
      "left out: spend: what is spent is not kept (spend)",
      "left out: requests: they are not kept (requests)",
      "left out: owned_ids: whose files and batches are is not kept (pass_through)",
      "30 records",
    ]);
    assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
    const [header, ...lines] = (await Deno.readTextFile(file)).trimEnd().split("\n");
    assertEquals([JSON.parse(header ?? "").llm_gateway_export, lines.length], [1, 31]);

    const imports = async (...args: string[]) => {
      system.errors.length = 0;
      assertEquals(await run(["import", "--config", "to.yaml", ...args], system), 0, system.errors.join());
      return system.errors.at(-1);
    };
    assertEquals(
      await imports("--owner", "a", file),
      "30 records: 15 added, 0 there already, 0 too old, 0 too large",
    );
    assertEquals(await imports(file), "30 records: 15 added, 15 there already, 0 too old, 0 too large");
    assertEquals(
      await imports("--since", "2030-01-01", file),
      "30 records: 0 added, 0 there already, 0 too old, 0 too large",
    );
    const to = await open(`${directory}/to.db`);
    assertEquals(await to.turns.get("b", "resp_7"), turn("resp_7", { owner: "b" }));
    await to.turns.close();
  }));

Deno.test("import reads standard input, and says where a file is no good", () =>
  withFiles(async (directory) => {
    const config = { "gateway.yaml": `${MOCK}conversations: { path: ${directory}/c.db }` };
    const importing = async (text: string) => {
      const system = fakeSystem(config, {}, false, text);
      const code = await run(["import", "--config", "gateway.yaml", "-"], system);
      return [code, system.errors.at(-1)];
    };
    assertEquals(await importing('{"llm_gateway_export":1}\n{"end":true,"records":0}\n'), [
      0,
      "0 records: 0 added, 0 there already, 0 too old, 0 too large",
    ]);
    assertEquals(await importing("nonsense"), [1, "gateway: -: it is no export of a gateway"]);
    const [code, message] = await importing('{"llm_gateway_export":1}\n');
    assertEquals(code, 1);
    assertStringIncludes(String(message), "it was cut short");
  }));

Deno.test("export and import say what cannot be done", async () => {
  const cases: [args: string[], code: number, message: string][] = [
    [["export"], 2, "left out: conversations: they are in the memory of the gateway (conversations.store)"],
    [
      ["export", "--only", "nothing"],
      2,
      '--only: expected one of keys, spend, requests, owned_ids, conversations, got "nothing"',
    ],
    [["export", "--since", "soon"], 2, "--since: expected a time such as 2026-03-01T14:30:00Z"],
    [["import"], 2, "a file is missing: gateway import FILE"],
  ];
  for (const [args, code, message] of cases) {
    const system = fakeSystem({ "config.yaml": MOCK });
    assertEquals(await run(args, system), code, args.join(" "));
    assert(system.errors.some((line) => line.includes(message)), system.errors.join("\n"));
  }
});
