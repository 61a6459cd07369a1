import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals } from "@std/assert";
import { BatchRunner } from "../../../lib/stores/sqlite/batch.ts";
import type { CommandRow } from "../../../lib/stores/sqlite/database.ts";
import type { Command, Outcome } from "../../../lib/stores/sqlite/messages.ts";
import { Refusal } from "../../../lib/stores/refusal.ts";

/** A runner on a database in memory; `cost` is what each look at the clock takes, ms. */
function scene(cost = 0) {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE numbers (value INTEGER PRIMARY KEY)");
  const insert = database.prepare("INSERT INTO numbers VALUES (?)");
  const count = () => Number(database.prepare("SELECT count(*) AS n FROM numbers").get()?.["n"]);
  const commands: Record<string, CommandRow> = {
    add: { mode: "write", run: (value: number) => Number(insert.run(value).changes) },
    refuse: {
      mode: "write",
      run(value: number) {
        insert.run(value);
        throw new Refusal("too large");
      },
    },
    count: { mode: "read", run: count },
    open: { mode: "read", run: () => database.isTransaction },
    own: { mode: "own", run: () => database.isTransaction },
  };
  const answers: Outcome[][] = [];
  let now = 0;
  const runner = new BatchRunner(database, commands, 0, (outcomes) => {
    assert(!database.isTransaction, "answered before the commit");
    answers.push(outcomes);
  }, () => now += cost);
  return { runner, answers, count };
}

function adds(length: number): Command[] {
  return Array.from({ length }, (_, value) => ["add", value] as const);
}

Deno.test("BatchRunner commits and answers 50 at a time", () => {
  const { runner, answers, count } = scene();
  runner.run(adds(120));
  assertEquals(answers.map(({ length }) => length), [50, 50, 20]);
  assertEquals(count(), 120);
});

Deno.test("BatchRunner commits after 2 ms, whatever is done by then", () => {
  const { runner, answers } = scene(1);
  runner.run(adds(5));
  assertEquals(answers.map(({ length }) => length), [2, 2, 1]);
  const slow = scene(10);
  slow.runner.run(adds(3));
  assertEquals(slow.answers.map(({ length }) => length), [1, 1, 1]);
});

Deno.test("BatchRunner opens a transaction only where something is written", () => {
  const { runner, answers } = scene();
  runner.run([["open"], ["open"]]);
  runner.run([["add", 1], ["open"], ["own"], ["open"]]);
  assertEquals(answers.map((outcomes) => outcomes.map((it) => "value" in it ? it.value : it.failure)), [
    [false, false],
    [1, true],
    [false],
    [false],
  ]);
});

Deno.test("BatchRunner lets no command take others with it", () => {
  const { runner, answers, count } = scene();
  runner.run([["add", 1], ["add", 1], ["nonsense"], ["refuse", 7], ["add", 2], ["count"]]);
  const outcomes = answers.flat();
  assertEquals(outcomes.map((it) => "value" in it ? it.value : it.refused), [1, false, false, true, 1, 2]);
  assertEquals(count(), 2);
});
